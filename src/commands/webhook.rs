//! `webhook verify`: checks the signature of an incoming webhook.

use std::time::Duration;

use clap::{ArgGroup, Args};
use serde::{Serialize, Serializer};

use super::args::values;
use super::command::{Command, Context, Setup};
use crate::api::signature::{SIGNATURE, Scheme, Secret, Signature};
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Host;
use crate::model::{Timestamp, from_millis};
use crate::output::{BAD, Report, TextWriter};
use crate::text;

/// The variable that holds the secret when no file is named.
const SECRET: &str = "SENDIVENT_WEBHOOK_SECRET";

/// What a valid signature is assumed to be: the service's documentation is incomplete here.
const ASSUMPTION: &str =
    "the signed string is the header's time, a dot and the body; the key is the whole secret";

/// Verify incoming webhooks
#[derive(Debug, Clone, Args)]
pub struct Webhook {
    #[command(subcommand)]
    command: WebhookCommands,
}

super::command::subcommands! {
    /// The subcommands of `webhook`.
    #[derive(Clone)]
    pub enum WebhookCommands {
        Verify(Verify),
    }
}

impl super::command::Dispatch for Webhook {
    fn dispatch<V: super::command::Visitor>(self, visitor: V) -> V::Output {
        self.command.dispatch(visitor)
    }

    #[cfg(test)]
    fn schemas() -> Vec<(&'static str, serde_json::Value)> {
        WebhookCommands::schemas()
    }
}

/// Verify the signature of a webhook; exit code 0: valid, 3: not valid
///
/// Assumed, because the service's documentation is incomplete here: the signed string is the header's time, a dot and
/// the body as bytes; the key is the whole secret, `whsec_` included.
#[derive(Debug, Clone, Args)]
#[command(
    group(ArgGroup::new("header").required(true).args(["signature", "headers"])),
    after_help = "Example:\n  sendivent webhook verify --secret-file secret.txt --signature \"$SIGNATURE\" body.json\n\nThe secret \
                  is never an argument: other users of this machine could read it."
)]
pub struct Verify {
    /// The body, byte for byte; `-` reads stdin
    #[arg(value_name = "FILE|-", default_value = "-")]
    body: String,

    /// Read the secret, `whsec_…`, from this file [env: SENDIVENT_WEBHOOK_SECRET]
    #[arg(long, value_name = "PATH")]
    secret_file: Option<String>,

    /// Set the value of X-Sendivent-Signature, such as t=1775044800,v1=5257a869…
    #[arg(long, value_name = "HEADER")]
    signature: Option<String>,

    /// Read the headers from this file, one a line, in place of --signature
    #[arg(long, value_name = "FILE")]
    headers: Option<String>,

    /// Limit the age of the signature; `none` for any age
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    tolerance: String,
}

/// A webhook and what to verify it with.
pub struct Input {
    secret: Secret,
    /// The header; none if it is not among the headers.
    signature: Option<String>,
    body: String,
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
            "-" => setup.host.read_stdin().map_err(|source| Error::Input {
                what: "stdin".to_owned(),
                source,
            })?,
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

/// Returns the value of the signature's header among lines of headers.
fn find_signature(headers: &str) -> Option<String> {
    let mut headers = headers.lines().filter_map(|line| line.split_once(':'));
    let found = headers.find(|(name, _)| name.trim().eq_ignore_ascii_case(SIGNATURE));
    found.map(|(_, value)| value.trim().to_owned())
}

impl Input {
    /// `now` is in milliseconds since the Unix epoch.
    fn verify(&self, now: i64) -> VerifyReport {
        let parsed = match &self.signature {
            None => Err(SignatureFault::Missing),
            Some(header) => header
                .parse::<Signature>()
                .map_err(|error| SignatureFault::Malformed(error.to_string())),
        };
        let signature = match parsed {
            Ok(signature) => signature,
            Err(fault) => {
                return VerifyReport {
                    fault: Some(fault),
                    signed_at: None,
                    age: None,
                    tolerance: self.tolerance,
                };
            }
        };
        // The header counts seconds.
        let age = now.div_euclid(1000).saturating_sub(signature.at);
        VerifyReport {
            fault: self.fault(&signature, age),
            signed_at: Some(from_millis(signature.at.saturating_mul(1000))),
            age: (age >= 0).then(|| Duration::from_secs(age.unsigned_abs())),
            tolerance: self.tolerance,
        }
    }

    fn fault(&self, signature: &Signature, age: i64) -> Option<SignatureFault> {
        let distance = Duration::from_secs(age.unsigned_abs());
        let is_outside = self.tolerance.is_some_and(|tolerance| distance > tolerance);
        if !signature.matches(Scheme::Assumed, &self.secret, self.body.as_bytes()) {
            Some(SignatureFault::Mismatch(self.mismatch_hint(signature)))
        } else if is_outside && age > 0 {
            Some(SignatureFault::TooOld)
        } else if is_outside {
            Some(SignatureFault::TooNew)
        } else {
            None
        }
    }

    /// Returns what would fit.
    fn mismatch_hint(&self, signature: &Signature) -> Option<MismatchHint> {
        let body = self.body.as_bytes();
        let fits = |scheme: &Scheme| signature.matches(*scheme, &self.secret, body);
        if let Some(scheme) = Scheme::ALL.into_iter().find(fits) {
            return Some(MismatchHint::Scheme(scheme));
        }
        let shorter = self.body.strip_suffix('\n')?;
        let shorter = shorter.strip_suffix('\r').unwrap_or(shorter);
        signature
            .matches(Scheme::Assumed, &self.secret, shorter.as_bytes())
            .then_some(MismatchHint::WithoutLineBreak)
    }
}

/// Whether a signature is valid.
#[derive(Debug, Clone, Serialize)]
#[serde(into = "VerifyJson")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(with = "VerifyJson"))]
pub struct VerifyReport {
    /// Why it is not valid.
    fault: Option<SignatureFault>,
    signed_at: Option<Timestamp>,
    /// None if it was signed in the future.
    age: Option<Duration>,
    /// None for any age.
    tolerance: Option<Duration>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct VerifyJson {
    valid: bool,
    /// `missing`, `malformed`, `mismatch`, `too_old` or `too_new`; null for a valid one.
    reason: Option<&'static str>,
    message: String,
    signed_at: Option<Timestamp>,
    /// Null if it was signed in the future.
    #[serde(serialize_with = "serialize_seconds")]
    #[cfg_attr(test, schemars(with = "Option<u64>"))]
    age_seconds: Option<Duration>,
    /// Null for any age.
    #[serde(serialize_with = "serialize_seconds")]
    #[cfg_attr(test, schemars(with = "Option<u64>"))]
    tolerance_seconds: Option<Duration>,
    /// What a valid signature is assumed to be.
    assumed: &'static str,
}

fn serialize_seconds<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs()).serialize(to)
}

/// Why a signature is not valid.
#[derive(Debug, Clone)]
enum SignatureFault {
    /// There is no header.
    Missing,
    /// The header cannot be parsed.
    Malformed(String),
    /// It belongs to another body, or was made with another secret.
    Mismatch(Option<MismatchHint>),
    /// It fits, but is older than allowed.
    TooOld,
    /// It fits, but is from the future.
    TooNew,
}

/// What would fit in place of what was given.
#[derive(Debug, Clone, Copy)]
enum MismatchHint {
    /// Another scheme than the assumed one.
    Scheme(Scheme),
    /// The body without the line break at its end, which may have been added when it was saved.
    WithoutLineBreak,
}

impl SignatureFault {
    fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed(_) => "malformed",
            Self::Mismatch(_) => "mismatch",
            Self::TooOld => "too_old",
            Self::TooNew => "too_new",
        }
    }
}

impl MismatchHint {
    fn text(self) -> &'static str {
        match self {
            Self::WithoutLineBreak => {
                "it fits the body without the line break at its end: save the body unchanged"
            }
            Self::Scheme(Scheme::BareSecret) => {
                "it fits if the key is what follows `whsec_`: then the assumption below is wrong"
            }
            Self::Scheme(Scheme::BodyAlone | Scheme::Assumed) => {
                "it fits if the body alone is signed: then the assumption below is wrong"
            }
        }
    }
}

impl VerifyReport {
    fn message(&self) -> String {
        let ago = match self.age {
            Some(age) => format!("{} ago", text::format_duration(age)),
            None => "in the future".to_owned(),
        };
        let tolerance = self
            .tolerance
            .map(text::format_duration)
            .unwrap_or_default();
        match &self.fault {
            None => format!("signed {ago}"),
            Some(SignatureFault::Missing) => "there is no header X-Sendivent-Signature".to_owned(),
            Some(SignatureFault::Malformed(reason)) => {
                format!("the header X-Sendivent-Signature cannot be parsed: {reason}")
            }
            Some(SignatureFault::TooOld) => {
                format!("the signature fits, but was made {ago}; {tolerance} are allowed")
            }
            Some(SignatureFault::TooNew) => {
                "the signature fits, but was made in the future: compare the clocks".to_owned()
            }
            Some(SignatureFault::Mismatch(hint)) => {
                let mismatch = "the signature does not fit this body and this secret";
                match hint {
                    None => mismatch.to_owned(),
                    Some(hint) => format!("{mismatch}; {}", hint.text()),
                }
            }
        }
    }
}

impl From<VerifyReport> for VerifyJson {
    fn from(report: VerifyReport) -> Self {
        Self {
            valid: report.fault.is_none(),
            reason: report.fault.as_ref().map(SignatureFault::name),
            message: report.message(),
            signed_at: report.signed_at,
            age_seconds: report.age,
            tolerance_seconds: report.tolerance,
            assumed: ASSUMPTION,
        }
    }
}

impl Report for VerifyReport {
    const SCHEMA: &'static str = "sendivent.verified/1";

    fn has_outcome(&self) -> bool {
        true
    }

    fn exit(&self) -> Exit {
        match self.fault {
            None => Exit::Ok,
            Some(_) => Exit::NotDelivered,
        }
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        let style = out.style();
        let verdict = match self.fault {
            None => "valid".to_owned(),
            Some(_) => style.paint("not valid", BAD),
        };
        let message = style.sanitize(&self.message());
        out.line(format_args!("{verdict}: {message}\nassumed: {ASSUMPTION}"));
    }
}
