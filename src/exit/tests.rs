use super::Exit;

#[test]
fn codes_and_words_are_unique() {
    for (index, exit) in Exit::ALL.iter().enumerate() {
        for other in &Exit::ALL[index + 1..] {
            assert!(exit.code() < other.code());
            assert_ne!(exit.word(), other.word());
        }
    }
}

#[test]
fn several_codes_combine_in_the_order_of_the_contract() {
    use Exit::{
        Auth, Interrupted, NotDelivered, NotFound, Ok, Partial, Pending, RateLimited, Refused,
        Timeout, Unavailable,
    };
    for (all, expected) in [
        (vec![], Ok),
        (vec![Ok, Ok], Ok),
        (vec![Ok, Pending], Pending),
        (vec![Pending, Timeout], Timeout),
        (vec![Ok, NotDelivered], Partial),
        (vec![Pending, NotDelivered], NotDelivered),
        (vec![Ok, Refused], Partial),
        (vec![Refused, Refused], Refused),
        (vec![NotFound, NotFound], NotFound),
        (vec![Ok, NotFound], Partial),
        (vec![Ok, Unavailable, Partial], Unavailable),
        (vec![RateLimited, Unavailable], RateLimited),
        (vec![RateLimited, Auth, Ok], Auth),
        (vec![Auth, Interrupted], Interrupted),
    ] {
        assert_eq!(Exit::combine(all.clone()), expected, "{all:?}");
    }
}
