//! Tests of the jobs that the writer thread runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::host::{Clock, Entropy};
use crate::model::Channel;
use crate::simulator::error_codes::Reason;
use crate::simulator::store::{Store, StoreError, Writer};
use crate::sqlite::DbLocation;

fn suppress(writer: &mut Writer<'_>, recipient: &str) -> Result<i64, StoreError> {
    writer.suppress_now(recipient, &Channel::Email, Reason::OptedOut)?;
    Ok(writer.now)
}

#[test]
fn jobs_of_one_commit_are_independent() {
    let directory = tempfile::tempdir().unwrap();
    let location = DbLocation::File(directory.path().join("simulator.db"));
    let time = Arc::new(AtomicI64::new(1000));
    let entropy = Entropy::Seeded(Arc::default());
    let store =
        Store::open_concurrent(&location, Clock::Manual(Arc::clone(&time)), entropy).unwrap();
    let (started, first_started) = channel();
    let (finish, may_finish) = channel::<()>();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        // The first job occupies the writer until the others are queued.
        let first = store.write(move |writer| {
            started.send(()).unwrap();
            may_finish.recv_timeout(Duration::from_secs(20)).unwrap();
            suppress(writer, "first@example.com")
        });
        let good = store.write(|writer| suppress(writer, "good@example.com"));
        let bad = store.write(|writer| {
            suppress(writer, "bad@example.com")?;
            Err::<i64, _>(StoreError::for_test())
        });
        let panics = store.write(|writer| {
            suppress(writer, "panics@example.com")?;
            if writer.now > 0 {
                std::panic::resume_unwind(Box::new("not printed on stderr"));
            }
            Ok(0)
        });
        let last = store.write(|writer| suppress(writer, "last@example.com"));
        let release = async {
            first_started.recv_timeout(Duration::from_secs(20)).unwrap();
            time.store(2000, Ordering::SeqCst);
            finish.send(()).unwrap();
        };
        let (first, good, bad, panics, last, ()) =
            tokio::join!(first, good, bad, panics, last, release);
        assert_eq!(first.unwrap(), 1000, "each job has its own time");
        assert_eq!((good.unwrap(), last.unwrap()), (2000, 2000));
        assert!(matches!(bad, Err(StoreError::Sqlite(_))));
        assert!(matches!(panics, Err(StoreError::Unfinished)));
        let stored = store.read(|reader| reader.suppressions()).await.unwrap();
        let mut stored: Vec<String> = stored.into_iter().map(|entry| entry.recipient).collect();
        stored.sort();
        assert_eq!(
            stored,
            ["first@example.com", "good@example.com", "last@example.com"]
        );
    });
}

#[test]
fn a_single_job_that_fails_stores_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let location = DbLocation::File(directory.path().join("simulator.db"));
    let entropy = Entropy::Seeded(Arc::default());
    let clock = Clock::Manual(Arc::new(AtomicI64::new(1000)));
    let store = Store::open_concurrent(&location, clock, entropy).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        for recipient in ["a@example.com", "b@example.com"] {
            let failed = store.write(move |writer| {
                suppress(writer, recipient)?;
                Err::<(), _>(StoreError::for_test())
            });
            assert!(failed.await.is_err());
        }
        let stored = store.read_in_background(|reader| reader.suppressions());
        assert_eq!(stored.await.unwrap().len(), 0);
        store
            .write(|writer| suppress(writer, "c@example.com"))
            .await
            .unwrap();
        let stored = store.read(|reader| reader.suppressions());
        assert_eq!(stored.await.unwrap().len(), 1);
    });
}
