//! Group commit: all waiting write jobs run in one transaction, and so share the cost of one commit. Each job has its
//! own savepoint, so that a failed job undoes only its own writes. Every caller gets its result after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error::StoreError;
use super::transaction::{WriteJob, execute, roll_back_unfinished};
use super::writer::Writer;
use crate::host::{Clock, Entropy};

pub trait Job: Send {
    /// Runs the job and keeps its result. After an error, [`commit`] undoes the job's writes.
    fn run(&mut self, writer: &mut Writer<'_>) -> Result<(), StoreError>;
    /// Sends the job's result to the caller that waits for it. If the transaction failed, sends the error in
    /// `committed` instead.
    fn send_result(self: Box<Self>, committed: Result<(), StoreError>);
}

pub struct Pending<T, J> {
    job: Option<J>,
    result: Option<Result<T, StoreError>>,
    sender: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, J> Pending<T, J> {
    /// Wraps a closure as a job. Returns the job, and the receiver for its result.
    pub fn new(job: J) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (sender, receiver) = oneshot::channel();
        let pending = Self {
            job: Some(job),
            result: None,
            sender,
        };
        (pending, receiver)
    }
}

impl<T: Send, J: WriteJob<T>> Job for Pending<T, J> {
    fn run(&mut self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        let job = self.job.take().ok_or(StoreError::Unfinished)?;
        // This is unwind safe, because the writes of a job that panics are rolled back.
        let result = catch_unwind(AssertUnwindSafe(|| job(writer)));
        let result = result.unwrap_or(Err(StoreError::Unfinished));
        let status = copy_status(&result);
        self.result = Some(result);
        status
    }

    fn send_result(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (self.result, committed) {
            // The job's own error is more precise than the error of the transaction.
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::Unfinished),
        };
        // A cancelled caller has dropped its receiver. The job's writes stay.
        drop(self.sender.send(result));
    }
}

fn copy_status<T>(result: &Result<T, StoreError>) -> Result<(), StoreError> {
    result.as_ref().map(|_| ()).map_err(StoreError::copy)
}

/// Runs a batch of jobs in one transaction, then sends each job's result to its caller.
pub fn commit(
    connection: &Connection,
    batch: &mut Vec<Box<dyn Job>>,
    clock: &Clock,
    entropy: &Entropy,
) {
    let result = run_all(connection, batch, clock, entropy);
    if result.is_err() {
        // If this fails as well, the next transaction cannot begin and reports it.
        drop(roll_back_unfinished(connection));
    }
    for job in batch.drain(..) {
        job.send_result(copy_status(&result));
    }
}

fn run_all(
    connection: &Connection,
    batch: &mut [Box<dyn Job>],
    clock: &Clock,
    entropy: &Entropy,
) -> Result<(), StoreError> {
    execute(connection, "BEGIN IMMEDIATE")?;
    // A savepoint costs more than it saves when the transaction has only one job.
    if let [job] = batch {
        let mut writer = Writer::new(connection, clock, entropy, None)?;
        job.run(&mut writer)?;
        return execute(connection, "COMMIT");
    }
    let mut last_id = None;
    for job in batch {
        execute(connection, "SAVEPOINT job")?;
        // Each job has its own writer, because the jobs have different times and namespaces.
        let mut writer = Writer::new(connection, clock, entropy, last_id)?;
        let result = job.run(&mut writer);
        last_id = writer.last_id;
        if let Err(error) = result {
            // On a full disk, SQLite itself rolls back the whole transaction.
            if connection.is_autocommit() {
                return Err(error);
            }
            execute(connection, "ROLLBACK TO job")?;
        }
        execute(connection, "RELEASE job")?;
    }
    execute(connection, "COMMIT")
}
