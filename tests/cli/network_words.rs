use crate::hostile::{Act, Caller, Hostile, json};

const TO_ADA: &str = "send welcome --to ada@example.com --idempotency-key k-1";

#[test]
fn an_id_that_would_break_a_line_or_a_command_is_none() {
    for id in [r"a\nb", r"a b", r"a\u001b[2J", "", &"a".repeat(201)] {
        let receipt = format!(r#"{{"id":"{id}","event":"welcome","status":"accepted"}}"#);
        let server = Hostile::playing(vec![Act::Answer(json(200, &receipt))]);
        let done = Caller::new(server.url()).run(&format!("{TO_ADA} -q --timeout 1s"));
        let done = done.code(69);
        done.says(&["accepted, but the answer cannot be understood", "k-1"]);
    }
}
