use super::Exit;

#[test]
fn codes_and_names_are_unique() {
    for (index, exit) in Exit::ALL.iter().enumerate() {
        for other in &Exit::ALL[index + 1..] {
            assert!(exit.code() < other.code());
            assert_ne!(exit.name(), other.name());
        }
    }
}

#[test]
fn several_codes_combine_in_the_order_of_the_contract() {
    use Exit::{
        Auth, CannotStart, Interrupted, NotDelivered, NotFound, Ok, Partial, Pending, Program,
        RateLimited, Refused, Terminated, Timeout, Unavailable,
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
        (vec![Ok, Unavailable, Partial], Partial),
        (vec![Ok, Unavailable], Unavailable),
        (vec![Ok, RateLimited], Partial),
        (vec![RateLimited, Refused], Refused),
        (vec![NotDelivered, Unavailable], Unavailable),
        (vec![Ok, NotDelivered, Auth], Auth),
        (vec![Ok, Program(3)], Program(3)),
        (vec![CannotStart, Ok], CannotStart),
        (vec![Program(3), Terminated], Terminated),
        (vec![RateLimited, Unavailable], RateLimited),
        (vec![RateLimited, Auth, Ok], Auth),
        (vec![Auth, Interrupted], Interrupted),
    ] {
        assert_eq!(Exit::combine(all.clone()), expected, "{all:?}");
    }
}
