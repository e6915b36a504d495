//! Group commit: what is waiting goes into one transaction. Each job is a unit of its own within it, so that one that
//! fails takes back only what it wrote; all are answered after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{StoreError, Writer};
use crate::world::{Clock, Entropy};

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
        let run = self
            .job
            .take()
            .map(|job| catch_unwind(AssertUnwindSafe(|| job(writer))));
        let result = match run {
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
            drop(tell(connection, "ROLLBACK"));
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
    tell(connection, "BEGIN IMMEDIATE")?;
    if let [alone] = batch {
        let mut writer = Writer::new(connection, clock, entropy)?;
        alone.run(&mut writer)?;
        return tell(connection, "COMMIT");
    }
    for job in batch {
        tell(connection, "SAVEPOINT job")?;
        let mut writer = Writer::new(connection, clock, entropy)?;
        if let Err(error) = job.run(&mut writer) {
            // A full disk makes SQLite roll all of it back by itself.
            if connection.is_autocommit() {
                return Err(error);
            }
            tell(connection, "ROLLBACK TO job")?;
        }
        tell(connection, "RELEASE job")?;
    }
    tell(connection, "COMMIT")
}

fn tell(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}
