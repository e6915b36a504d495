//! Group commit: what is waiting goes into one transaction. Each job is a unit of its own within it, so that one that
//! fails takes back only what it wrote; all are answered after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::id_sequence::IdSequence;
use super::transaction::execute;
use super::{StoreError, Writer};
use crate::host::{Clock, Entropy};

/// One job that waits for the writer.
pub trait Job: Send {
    /// Does it.
    ///
    /// # Errors
    /// When what it wrote must not stay.
    fn run(&mut self, writer: &mut Writer<'_>) -> Result<(), StoreError>;
    /// Notes that it could not be done, or that what it did is not stored.
    fn fail(&mut self, error: StoreError);
    /// Tells whoever gave it what came of it.
    fn answer(self: Box<Self>);
}

/// A closure as a job, and where its result goes.
pub struct Pending<T, J> {
    job: Option<J>,
    result: Option<Result<T, StoreError>>,
    to: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, J> Pending<T, J> {
    /// Makes a job of a closure. Its result can be received from the other half.
    pub fn new(job: J) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (to, from) = oneshot::channel();
        let pending = Self {
            job: Some(job),
            result: None,
            to,
        };
        (pending, from)
    }
}

impl<T, J> Job for Pending<T, J>
where
    T: Send,
    J: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        // What a job that panics leaves behind is rolled back.
        let job = self
            .job
            .take()
            .map(|job| catch_unwind(AssertUnwindSafe(|| job(writer))));
        let result = match job {
            Some(Ok(result)) => result,
            Some(Err(_)) | None => Err(StoreError::Unfinished),
        };
        let told = match &result {
            Ok(_) => Ok(()),
            Err(error) => Err(error.again()),
        };
        self.result = Some(result);
        told
    }

    fn fail(&mut self, error: StoreError) {
        // A job that failed by itself knows better why.
        if !matches!(self.result, Some(Err(_))) {
            self.result = Some(Err(error));
        }
    }

    fn answer(self: Box<Self>) {
        let result = self.result.unwrap_or(Err(StoreError::Unfinished));
        // Whoever asked may have gone; what was stored stays.
        drop(self.to.send(result));
    }
}

/// Does all jobs of a batch in one transaction, then answers them.
pub fn commit(
    connection: &Connection,
    batch: &mut Vec<Box<dyn Job>>,
    clock: &Clock,
    entropy: &Entropy,
) {
    let result = run_all(connection, batch, clock, entropy);
    if let Err(error) = result {
        if !connection.is_autocommit() {
            // If this fails, too, the next transaction cannot begin, and says so.
            drop(execute(connection, "ROLLBACK"));
        }
        for job in batch.iter_mut() {
            job.fail(error.again());
        }
    }
    for job in batch.drain(..) {
        job.answer();
    }
}

fn run_all(
    connection: &Connection,
    batch: &mut [Box<dyn Job>],
    clock: &Clock,
    entropy: &Entropy,
) -> Result<(), StoreError> {
    execute(connection, "BEGIN IMMEDIATE")?;
    if let [alone] = batch {
        let mut writer = Writer::new(connection, clock, entropy, IdSequence::default())?;
        alone.run(&mut writer)?;
        return execute(connection, "COMMIT");
    }
    let mut ids = IdSequence::default();
    for job in batch {
        execute(connection, "SAVEPOINT job")?;
        let mut writer = Writer::new(connection, clock, entropy, ids)?;
        let done = job.run(&mut writer);
        ids = writer.ids;
        if let Err(error) = done {
            // A full disk makes SQLite roll all of it back by itself.
            if connection.is_autocommit() {
                return Err(error);
            }
            execute(connection, "ROLLBACK TO job")?;
        }
        execute(connection, "RELEASE job")?;
    }
    execute(connection, "COMMIT")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use crate::host::{Clock, Entropy};
    use crate::simulator::error_codes::Reason;
    use crate::simulator::store::{Store, StoreError, Writer};
    use crate::sqlite::DbLocation;

    fn suppress(writer: &mut Writer<'_>, who: &str) -> Result<i64, StoreError> {
        writer.suppress_now(who, "email", Reason::OptedOut)?;
        Ok(writer.now)
    }

    #[test]
    fn jobs_share_a_commit_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let place = DbLocation::File(folder.path().join("simulator.db"));
        let time = Arc::new(AtomicI64::new(1000));
        let entropy = Entropy::Seeded(Arc::default());
        let store =
            Store::open_concurrent(&place, Clock::Manual(Arc::clone(&time)), entropy).unwrap();
        let (begun, waits) = channel();
        let (go_on, may) = channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            // The first job keeps the writer until the others wait behind it.
            let first = store.write(move |writer| {
                begun.send(()).unwrap();
                may.recv_timeout(Duration::from_secs(20)).unwrap();
                suppress(writer, "first@example.com")
            });
            let good = store.write(|writer| suppress(writer, "good@example.com"));
            let bad = store.write(|writer| {
                suppress(writer, "bad@example.com")?;
                Err::<i64, _>(StoreError::damaged("the test", 1))
            });
            let panics = store.write(|writer| {
                suppress(writer, "panics@example.com")?;
                if writer.now > 0 {
                    std::panic::resume_unwind(Box::new("not told on stderr"));
                }
                Ok(0)
            });
            let last = store.write(|writer| suppress(writer, "last@example.com"));
            let release = async {
                waits.recv_timeout(Duration::from_secs(20)).unwrap();
                time.store(2000, Ordering::SeqCst);
                go_on.send(()).unwrap();
            };
            let (first, good, bad, panics, last, ()) =
                tokio::join!(first, good, bad, panics, last, release);
            assert_eq!(first.unwrap(), 1000, "each job has a moment of its own");
            assert_eq!((good.unwrap(), last.unwrap()), (2000, 2000));
            assert!(matches!(bad, Err(StoreError::Damaged(_))));
            assert!(matches!(panics, Err(StoreError::Unfinished)));
            let kept = store.read(|reader| reader.suppressions()).await.unwrap();
            let mut kept: Vec<String> = kept.into_iter().map(|entry| entry.recipient).collect();
            kept.sort();
            assert_eq!(
                kept,
                ["first@example.com", "good@example.com", "last@example.com"]
            );
        });
    }

    #[test]
    fn a_lone_job_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = DbLocation::File(folder.path().join("simulator.db"));
        let entropy = Entropy::Seeded(Arc::default());
        let clock = Clock::Manual(Arc::new(AtomicI64::new(1000)));
        let store = Store::open_concurrent(&place, clock, entropy).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            for who in ["a@example.com", "b@example.com"] {
                let failed = store.write(move |writer| {
                    suppress(writer, who)?;
                    Err::<(), _>(StoreError::damaged("the test", 1))
                });
                assert!(failed.await.is_err());
            }
            let kept = store.read_in_background(|reader| reader.suppressions());
            assert_eq!(kept.await.unwrap().len(), 0);
            store
                .write(|writer| suppress(writer, "c@example.com"))
                .await
                .unwrap();
            let kept = store.read(|reader| reader.suppressions());
            assert_eq!(kept.await.unwrap().len(), 1);
        });
    }
}
