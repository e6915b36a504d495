use expect_test::expect;

use crate::harness::Scene;

#[test]
fn a_send_answers_with_a_receipt() {
    let scene = Scene::simulated();
    scene
        .run("send welcome --to ada@example.com")
        .is(expect![[r#"
            $ sendivent send welcome --to ada@example.com
            accepted    019d48ea-2e00-79bc-985a-244823f2de44  ada@example.com  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
}
