//! `webhook verify`: verifies the signature of an incoming webhook.

use std::time::Duration;

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::args::values;
use super::command::{Command, Context, Setup};
use crate::api::signature::{SIGNATURE, Scheme, Secret, Signature};
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Host;
use crate::model::{Timestamp, from_millis};
use crate::output::{BAD, Report, TextWriter};
use crate::text;

/// The environment variable that holds the secret if `--secret-file` is not given.
const SECRET: &str = "SENDIVENT_WEBHOOK_SECRET";

/// The assumption about how webhooks are signed. It is needed because the service's documentation is incomplete.
const ASSUMPTION: &str =
    "the signed string is the header's time, a dot and the body; the key is the whole secret";

super::command::subcommands! {
    /// Verify incoming webhooks
    pub enum Webhook {
        Verify(Verify),
    }
}

/// Verify the signature of a webhook; exit code 0: valid, 3: not valid
///
/// The service's documentation is incomplete, so this command assumes: the signed string is the time in the header, a
/// dot, and the bytes of the body; the key is the whole secret, including `whsec_`.
#[derive(Debug, Clone, Args)]
#[command(
    group(ArgGroup::new("header").required(true).args(["signature", "headers"])),
    after_help = "Example:\n  sendivent webhook verify --secret-file secret.txt --signature \"$SIGNATURE\" body.json\n\nThe secret \
                  is never an argument: other users of this machine could read it."
)]
pub struct Verify {
    /// The file with the unchanged body; `-` reads stdin
    #[arg(value_name = "FILE|-", default_value = "-")]
    body: String,

    /// Read the secret, `whsec_…`, from this file [env: SENDIVENT_WEBHOOK_SECRET]
    #[arg(long, value_name = "PATH")]
    secret_file: Option<String>,

    /// Verify this value of X-Sendivent-Signature, such as t=1775044800,v1=5257a869…
    #[arg(long, value_name = "HEADER")]
    signature: Option<String>,

    /// Read the signature from this file of headers, one header per line
    #[arg(long, value_name = "FILE")]
    headers: Option<String>,

    /// Limit the age of the signature; `none` for any age
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    tolerance: String,
}

/// A webhook, and what is needed to verify its signature.
pub struct Input {
    secret: Secret,
    /// The value of the signature header. `None` if the file of headers does not have this header.
    signature: Option<String>,
    body: String,
    /// The maximum age of the signature. `None` for any age.
    tolerance: Option<Duration>,
}

impl Command for Verify {
    const NAME: &'static str = "webhook verify";
    type Input = Input;
    type Report = VerifyReport;

    fn validate(self, setup: &Setup<'_>) -> Result<Input, Error> {
        let Self {
            body,
            secret_file,
            signature,
            headers,
            tolerance,
        } = self;
        let tolerance = values::timeout("--tolerance", &tolerance)?;
        let secret = read_secret(secret_file, setup.host)?;
        let signature = match headers {
            Some(path) => find_signature(&values::file(&format!("--headers {path}"), &path)?),
            None => signature,
        };
        let body = match body.as_str() {
            "-" => values::stdin("stdin", setup.host)?,
            path => values::file(path, path)?,
        };
        Ok(Input {
            secret,
            signature,
            body,
            tolerance,
        })
    }

    async fn run(input: Input, context: Context<'_>) -> Result<VerifyReport, Error> {
        Ok(input.verify(context.host.clock.now()))
    }
}

fn read_secret(file: Option<String>, host: &Host) -> Result<Secret, Error> {
    let (source, text) = match file {
        Some(path) => {
            let what = format!("--secret-file {path}");
            let text = values::file(&what, &path)?;
            (what, text)
        }
        None => match host.variable(SECRET) {
            Some(text) => (SECRET.to_owned(), text),
            None => {
                return Err(Error::usage(
                    "there is no secret to verify with",
                    format!("Name the file that holds it: --secret-file PATH, or set {SECRET}."),
                ));
            }
        },
    };
    match text.trim() {
        "" => Err(Error::usage(
            format!("{source}: it is empty"),
            "It must hold the secret that the endpoint got when it was created, `whsec_…`.",
        )),
        secret => Ok(Secret::new(secret)),
    }
}

/// Returns the value of the signature header. `headers` has one header per line.
fn find_signature(headers: &str) -> Option<String> {
    let mut headers = headers.lines().filter_map(|line| line.split_once(':'));
    let found = headers.find(|(name, _)| name.trim().eq_ignore_ascii_case(SIGNATURE));
    found.map(|(_, value)| value.trim().to_owned())
}

impl Input {
    /// Verifies the signature. `now` is in milliseconds since the Unix epoch.
    fn verify(&self, now: i64) -> VerifyReport {
        let signature = match &self.signature {
            None => Err((
                "missing",
                "there is no header X-Sendivent-Signature".to_owned(),
            )),
            Some(header) => header.parse::<Signature>().map_err(|error| {
                let message = format!("the header X-Sendivent-Signature cannot be parsed: {error}");
                ("malformed", message)
            }),
        };
        let signed_at = signature.as_ref().ok().map(|signature| signature.at);
        // The time in the header is in seconds.
        let age = signed_at.map(|at| now.div_euclid(1000).saturating_sub(at));
        let result = signature.and_then(|signature| self.check(&signature, age.unwrap_or(0)));
        let (reason, message) = match result {
            Ok(message) => (None, message),
            Err((reason, message)) => (Some(reason), message),
        };
        VerifyReport {
            valid: reason.is_none(),
            reason,
            message,
            signed_at: signed_at.map(|at| from_millis(at.saturating_mul(1000))),
            age_seconds: age.and_then(|age| u64::try_from(age).ok()),
            tolerance_seconds: self.tolerance.map(|tolerance| tolerance.as_secs()),
            assumed: ASSUMPTION,
        }
    }

    /// Checks the digest and the age of a signature. `age` is in seconds, and negative if the signature is from the
    /// future.
    ///
    /// Returns a message such as "signed 5 s ago". An error has the value of [`VerifyReport::reason`] and a message.
    fn check(&self, signature: &Signature, age: i64) -> Result<String, (&'static str, String)> {
        if !signature.matches(Scheme::Assumed, &self.secret, self.body.as_bytes()) {
            let mismatch = "the signature does not match this body and this secret";
            return Err((
                "mismatch",
                match self.mismatch_hint(signature) {
                    None => mismatch.to_owned(),
                    Some(hint) => format!("{mismatch}; {hint}"),
                },
            ));
        }
        let distance = Duration::from_secs(age.unsigned_abs());
        let ago = match age {
            0.. => format!("{} ago", text::format_duration(distance)),
            _ => "in the future".to_owned(),
        };
        match self.tolerance.filter(|tolerance| distance > *tolerance) {
            None => Ok(format!("signed {ago}")),
            Some(tolerance) if age > 0 => {
                let tolerance = text::format_duration(tolerance);
                let message =
                    format!("the signature matches, but was made {ago}; {tolerance} are allowed");
                Err(("too_old", message))
            }
            Some(_) => Err((
                "too_new",
                "the signature matches, but was made in the future: compare the clocks".to_owned(),
            )),
        }
    }

    /// Returns a hint if the signature is valid under another scheme, or for the body without the line break at its
    /// end.
    fn mismatch_hint(&self, signature: &Signature) -> Option<&'static str> {
        let body = self.body.as_bytes();
        let fits = |scheme: &Scheme| signature.matches(*scheme, &self.secret, body);
        match Scheme::ALL.into_iter().find(fits) {
            Some(Scheme::BareSecret) => Some(
                "it matches if the key is only the part after `whsec_`: then the assumption below is wrong",
            ),
            Some(Scheme::BodyAlone | Scheme::Assumed) => {
                Some("it matches if only the body is signed: then the assumption below is wrong")
            }
            None => {
                let shorter = self.body.strip_suffix('\n')?;
                let shorter = shorter.strip_suffix('\r').unwrap_or(shorter);
                signature
                    .matches(Scheme::Assumed, &self.secret, shorter.as_bytes())
                    .then_some(
                        "it matches the body without the line break at its end: save the body unchanged",
                    )
            }
        }
    }
}

/// Whether a signature is valid, and why not.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VerifyReport {
    valid: bool,
    /// `missing`, `malformed`, `mismatch`, `too_old` or `too_new`; null if the signature is valid.
    reason: Option<&'static str>,
    message: String,
    /// The time in the signature header; null if the header is missing or cannot be parsed.
    signed_at: Option<Timestamp>,
    /// The age of the signature; null if `signed_at` is null or in the future.
    age_seconds: Option<u64>,
    /// The maximum age; null if any age is valid.
    tolerance_seconds: Option<u64>,
    /// The assumption about how webhooks are signed, as text.
    assumed: &'static str,
}

impl Report for VerifyReport {
    const SCHEMA: &'static str = "sendivent.verified/1";

    fn has_outcome(&self) -> bool {
        true
    }

    fn exit(&self) -> Exit {
        match self.valid {
            true => Exit::Ok,
            false => Exit::NotDelivered,
        }
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let verdict = match self.valid {
            true => "valid".to_owned(),
            false => style.paint("not valid", BAD),
        };
        let message = style.sanitize(&self.message);
        out.line(format_args!("{verdict}: {message}\nassumed: {ASSUMPTION}"));
    }
}
