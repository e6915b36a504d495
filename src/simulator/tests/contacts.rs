//! Tests of the contacts API. Sends use the same contacts.

use serde_json::{Value, json};

use super::client::{TestClient, TestResponse};

fn contact(response: &TestResponse) -> &Value {
    assert_eq!(response.status, 200, "{}", response.text);
    assert_eq!(response.body["success"], true);
    &response.body["contact"]
}

fn upsert(client: &TestClient, fields: Value) -> Value {
    contact(&client.post("/v1/contacts", &fields)).clone()
}

fn names(response: &TestResponse) -> Vec<String> {
    assert_eq!(response.status, 200, "{}", response.text);
    let contacts = response.body["data"]["contacts"].as_array().unwrap();
    let name = |contact: &Value| contact["name"].as_str().unwrap_or("-").to_owned();
    contacts.iter().map(name).collect()
}

#[test]
fn a_contact_is_stored_and_returned_as_documented() {
    let client = TestClient::new();
    let fields = json!({
        "external_id": "user_1", "email": "jane@example.com", "phone": "+46701234567", "name": "Jane Doe",
        "slack_id": "U12345678", "language": "sv", "signup_plan": "pro", "meta": {"plan": "premium", "a_b": 1},
    });
    let created = upsert(&client, fields);
    let uuid = created["uuid"].as_str().unwrap();
    assert_eq!(uuid.len(), 36);
    let expected = json!({
        "id": 1, "uuid": uuid, "externalId": "user_1", "email": "jane@example.com", "phone": "+46701234567",
        "name": "Jane Doe", "firstName": "Jane", "lastName": "Doe", "slackId": "U12345678", "language": "sv",
        "avatar": "https://www.gravatar.com/avatar/8c87b489ce35cf2e2f39f80e282cb2e804932a56a213983eeeb428407d43b52d",
        "meta": {"plan": "premium", "a_b": 1, "signupPlan": "pro"},
    });
    assert_eq!(created, expected);
    for identifier in [
        uuid,
        "user_1",
        "jane%40example.com",
        "JANE@EXAMPLE.COM",
        "%2B46701234567",
        "+46701234567",
        "U12345678",
    ] {
        let found = client.get(&format!("/v1/contacts/{identifier}"));
        assert_eq!(*contact(&found), expected, "{identifier}");
    }
    let list = client.get("/v1/contacts").body;
    assert_eq!(
        list,
        json!({"success": true, "data": {"contacts": [expected], "total": 1, "limit": 50, "offset": 0}})
    );
}

#[test]
fn an_upsert_finds_by_any_identifier() {
    let client = TestClient::new();
    let first = upsert(
        &client,
        json!({"id": "user_1", "email": "ada@example.com", "name": "Ada"}),
    );
    for update in [
        json!({"email": "ADA@example.com", "phone": "+46701234567"}),
        json!({"phone": "+46701234567", "externalId": "user_1", "slack": "U12345678"}),
        json!({"email": "new@example.com", "slack_id": "U12345678", "username": "ada"}),
        json!({"uuid": first["uuid"], "email": "newer@example.com"}),
    ] {
        assert_eq!(
            upsert(&client, update.clone())["uuid"],
            first["uuid"],
            "{update}"
        );
    }
    let now = client.get("/v1/contacts/user_1");
    let now = contact(&now);
    assert_eq!(
        (&now["email"], &now["username"]),
        (&json!("newer@example.com"), &json!("ada"))
    );
    assert_eq!(client.get("/v1/contacts/ada@example.com").status, 404);
    // An identifier belongs to one contact: the last that set it.
    let second = upsert(
        &client,
        json!({"email": "bob@example.com", "phone": "+46701234567"}),
    );
    assert_eq!(
        second["uuid"], first["uuid"],
        "the phone number finds it: the address is unknown"
    );
    let third = upsert(&client, json!({"id": "user_3"}));
    assert_eq!(third["id"], 2);
    let third = upsert(
        &client,
        json!({"id": "user_3", "phone": "+46701234567", "push_token": "t"}),
    );
    assert_eq!(third["id"], 2);
    let found = client.get("/v1/contacts/+46701234567");
    assert_eq!(contact(&found)["externalId"], "user_3");
    let first = client.get("/v1/contacts/user_1");
    assert_eq!(contact(&first).get("phone"), None);
}

#[test]
fn malformed_contacts_are_rejected() {
    let client = TestClient::new();
    for (invalid, expected) in [
        (json!({}), "400 VALIDATION_ERROR -"),
        (
            json!({"name": "Ada", "slack_id": "U12345678"}),
            "400 VALIDATION_ERROR -",
        ),
        (json!({"email": null}), "400 VALIDATION_ERROR -"),
        (json!({"email": "ada@"}), "400 INVALID_EMAIL email"),
        (json!({"email": 7}), "400 VALIDATION_ERROR email"),
        (json!({"email": ""}), "400 INVALID_EMAIL email"),
        (json!({"phone": "070"}), "400 INVALID_PHONE phone"),
        (
            json!({"id": "u", "phone": "0701"}),
            "400 INVALID_PHONE phone",
        ),
        (json!({"id": ""}), "400 VALIDATION_ERROR id"),
        (json!({"id": "u", "name": 7}), "400 VALIDATION_ERROR name"),
        (json!({"id": "u", "meta": []}), "400 VALIDATION_ERROR meta"),
        (
            json!({"id": "u", "push_tokens": "t"}),
            "400 VALIDATION_ERROR push_tokens",
        ),
        (json!({"id": "u", "uuid": "7"}), "400 VALIDATION_ERROR uuid"),
        (json!([]), "400 VALIDATION_ERROR -"),
    ] {
        assert_eq!(
            client.post("/v1/contacts", &invalid).api_error(),
            expected,
            "{invalid}"
        );
    }
}

#[test]
fn a_patch_changes_its_fields_and_a_delete_removes_the_contact() {
    let client = TestClient::new();
    upsert(
        &client,
        json!({"id": "user/1 å", "email": "user+tag@example.com", "name": "Ada L", "meta": {"a": 1}}),
    );
    let path = "/v1/contacts/user%2F1%20%C3%A5";
    let patched = client.call(
        "PATCH",
        path,
        &json!({"name": "Ada King", "email": null, "phone": "+46701234567", "b": 2}),
    );
    let patched = contact(&patched);
    assert_eq!(
        (&patched["lastName"], &patched["meta"]),
        (&json!("King"), &json!({"a": 1, "b": 2}))
    );
    assert_eq!((patched.get("email"), patched.get("avatar")), (None, None));
    assert_eq!(
        client
            .call("PATCH", path, &json!({"phone": "1"}))
            .api_error(),
        "400 INVALID_PHONE phone"
    );
    assert_eq!(
        client.get("/v1/contacts/user%2Btag%40example.com").status,
        404
    );
    let deleted = client.call("DELETE", path, &Value::Null);
    assert_eq!(
        (deleted.status, deleted.body),
        (200, json!({"success": true, "deleted": true}))
    );
    for (method, path) in [
        ("GET", "/v1/contacts/user_123"),
        ("PATCH", "/v1/contacts/user_123"),
        ("DELETE", "/v1/contacts/user_123"),
        ("POST", "/v1/contacts/user_123/push-tokens"),
        ("DELETE", "/v1/contacts/user_123/push-tokens"),
    ] {
        let missing = client.call(method, path, &json!({"token": "t"}));
        assert_eq!(
            (missing.status, missing.body),
            (404, json!({"error": "Contact not found: user_123"})),
            "{method}"
        );
    }
    let again = upsert(&client, json!({"phone": "+46701234567"}));
    assert_eq!(
        again.get("externalId"),
        None,
        "the deleted contact left no fields"
    );
}

#[test]
fn push_tokens_are_added_and_removed() {
    let client = TestClient::new();
    upsert(&client, json!({"id": "u", "push_token": "a"}));
    upsert(&client, json!({"id": "v", "push_tokens": ["x", "y"]}));
    let path = "/v1/contacts/u/push-tokens";
    let tokens = |response: &TestResponse| contact(response)["pushTokens"].clone();
    assert_eq!(
        tokens(&client.post(path, &json!({"token": "b"}))),
        json!(["a", "b"])
    );
    assert_eq!(
        tokens(&client.post(path, &json!({"token": "a"}))),
        json!(["a", "b"])
    );
    // A push token belongs to one contact.
    assert_eq!(
        tokens(&client.post(path, &json!({"token": "y"}))),
        json!(["a", "b", "y"])
    );
    assert_eq!(tokens(&client.get("/v1/contacts/v")), json!(["x"]));
    assert_eq!(
        tokens(&client.call("DELETE", path, &json!({"token": "a"}))),
        json!(["b", "y"])
    );
    assert_eq!(
        tokens(&client.call("DELETE", path, &json!({"token": "x"}))),
        json!(["b", "y"])
    );
    for invalid in [json!({}), json!({"token": ""}), json!({"token": 7})] {
        assert_eq!(
            client.post(path, &invalid).api_error(),
            "400 VALIDATION_ERROR token"
        );
        assert_eq!(
            client.call("DELETE", path, &invalid).api_error(),
            "400 VALIDATION_ERROR token"
        );
    }
    let pushed = client.post("/v1/send/e/push", &json!({"to": "u"}));
    assert_eq!(pushed.status, 200);
    assert_eq!(
        client
            .get("/_simulator/messages")
            .text_at("/messages/0/recipient"),
        "b"
    );
    // A send finds a contact by any of its tokens.
    client.send_ok(json!({"push_token": "y", "email": "u@example.com"}));
    let found = client.get("/v1/contacts/u@example.com");
    assert_eq!(contact(&found)["externalId"], "u");
    assert_eq!(tokens(&found), json!(["y", "b"]));
}

#[test]
fn contacts_are_listed_in_pages_and_searched() {
    let client = TestClient::new();
    for number in 0..7 {
        client.post("/_simulator/clock", &json!("freeze"));
        upsert(
            &client,
            json!({"email": format!("{number}@example.com"), "name": format!("Name {number}")}),
        );
    }
    upsert(
        &client,
        json!({"phone": "+46701234567", "name": "Ada LOVELACE", "id": "USER_9"}),
    );
    let get = |query: &str| client.get(&format!("/v1/contacts?{query}"));
    assert_eq!(names(&get("limit=2&offset=3")), ["Name 3", "Name 4"]);
    let page = get("limit=2&offset=3").body["data"].clone();
    assert_eq!(
        (&page["total"], &page["limit"], &page["offset"]),
        (&json!(8), &json!(2), &json!(3))
    );
    assert_eq!(page["contacts"][0]["id"], 4);
    assert_eq!(names(&get("offset=100")), Vec::<String>::new());
    for (search, expected) in [
        ("lovelace", vec!["Ada LOVELACE"]),
        ("%2B4670", vec!["Ada LOVELACE"]),
        ("user_", vec!["Ada LOVELACE"]),
        ("6@EXAMPLE", vec!["Name 6"]),
        ("%25", vec![]),
        ("_9", vec!["Ada LOVELACE"]),
    ] {
        let found = get(&format!("search={search}"));
        assert_eq!(names(&found), expected, "{search}");
        assert_eq!(found.body["data"]["total"], expected.len());
    }
    assert_eq!(names(&get("search=")).len(), 8);
    for (query, expected) in [
        ("limit=0", "400 VALIDATION_ERROR limit"),
        ("limit=101", "400 VALIDATION_ERROR limit"),
        ("limit=x", "400 VALIDATION_ERROR limit"),
        ("offset=-1", "400 VALIDATION_ERROR offset"),
    ] {
        assert_eq!(get(query).api_error(), expected, "{query}");
    }
}

#[test]
fn sending_and_the_contacts_api_share_their_contacts() {
    let client = TestClient::new();
    upsert(
        &client,
        json!({"external_id": "user_1", "email": "ada@example.com", "name": "Ada", "meta": {"plan": "pro"}}),
    );
    let id = client.send_ok("user_1");
    let expected = json!({"id": "user_1", "email": "ada@example.com", "name": "Ada"});
    assert_eq!(client.notification(&id).body["contact"], expected);
    client
        .send_ok(json!({"id": "user_1", "telegram": 123, "signup_day": "Monday", "name": "Ada L"}));
    let found = client.get("/v1/contacts/user_1");
    let found = contact(&found);
    assert_eq!(
        (&found["telegram"], &found["lastName"]),
        (&json!("123"), &json!("L"))
    );
    assert_eq!(found["meta"], json!({"plan": "pro", "signupDay": "Monday"}));
    // A UUID finds the contact, and a send to a new recipient creates one.
    client.send_ok(found["uuid"].as_str().unwrap());
    client.send_ok("bob@example.com");
    let list = client.get("/v1/contacts").body["data"].clone();
    assert_eq!(
        (&list["total"], &list["contacts"][1]["email"]),
        (&json!(2), &json!("bob@example.com"))
    );
    client.call("DELETE", "/v1/contacts/user_1", &Value::Null);
    assert_eq!(
        client.send("user_1").api_error(),
        "400 MISSING_IDENTIFIER to"
    );
    assert_eq!(
        client.notification(&id).body["contact"],
        expected,
        "a notification keeps its contact"
    );
}

#[test]
fn each_namespace_has_its_own_contacts() {
    let main = TestClient::new();
    let other = main.in_namespace("other");
    let fields = json!({"id": "user_1", "email": "ada@example.com", "push_token": "t"});
    let (one, two) = (upsert(&main, fields.clone()), upsert(&other, fields));
    assert_ne!(one["uuid"], two["uuid"]);
    assert_eq!((&one["id"], &two["id"]), (&json!(1), &json!(1)));
    assert_eq!(
        other
            .get(&format!("/v1/contacts/{}", one["uuid"].as_str().unwrap()))
            .status,
        404
    );
    main.call("DELETE", "/v1/contacts/user_1", &Value::Null);
    assert_eq!(main.get("/v1/contacts").body["data"]["total"], 0);
    assert_eq!(
        contact(&other.get("/v1/contacts/user_1"))["pushTokens"],
        json!(["t"])
    );
    let to = json!({"to": {"push_token": "t"}});
    assert_eq!(
        other.post("/v1/send/e/sms", &to).api_error(),
        "400 MISSING_IDENTIFIER to"
    );
}
