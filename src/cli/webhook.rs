//! `webhook`

use clap::{ArgGroup, Args, Subcommand};

use super::values;
use crate::api::signature::{SIGNATURE, Secret};
use crate::error::Error;
use crate::host::Host;
use crate::intent::{Intent, Verify};

/// The variable that holds the secret when no file is named.
const SECRET: &str = "SENDIVENT_WEBHOOK_SECRET";

/// Check webhooks that came
#[derive(Debug, Clone, Args)]
pub struct WebhookArgs {
    #[command(subcommand)]
    command: WebhookCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum WebhookCommand {
    Verify(VerifyArgs),
}

/// Check the signature of a webhook; the exit code is the answer: 0 it holds, 3 it does not
///
/// Assumed, because the service's documentation was not seen further: what is signed is the time of the header, a dot and
/// the body to the byte; the key is the whole secret, `whsec_` included.
#[derive(Debug, Clone, Args)]
#[command(
    group(ArgGroup::new("header").required(true).args(["signature", "headers"])),
    after_help = "Example:\n  sendivent webhook verify --secret-file secret.txt --signature \"$SIGNATURE\" body.json\n\nThe secret \
                  is never an argument: others on this machine would see it."
)]
struct VerifyArgs {
    /// The body, to the byte; `-` or nothing reads stdin
    #[arg(value_name = "FILE|-", default_value = "-")]
    body: String,

    /// Where the secret is read, `whsec_…`; without it, the variable SENDIVENT_WEBHOOK_SECRET
    #[arg(long, value_name = "PATH")]
    secret_file: Option<String>,

    /// The header X-Sendivent-Signature, such as t=1775044800,v1=5257a869…
    #[arg(long, value_name = "HEADER")]
    signature: Option<String>,

    /// A file with all the headers, a line each, in place of --signature
    #[arg(long, value_name = "FILE")]
    headers: Option<String>,

    /// How old the signature may be; `none` for any age
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    tolerance: String,
}

impl WebhookArgs {
    /// Says what is to be checked.
    pub fn resolve(self, host: &Host) -> Result<Intent, Error> {
        let Self { command } = self;
        match command {
            WebhookCommand::Verify(args) => args.resolve(host),
        }
    }
}

impl VerifyArgs {
    fn resolve(self, host: &Host) -> Result<Intent, Error> {
        let Self {
            body,
            secret_file,
            signature,
            headers,
            tolerance,
        } = self;
        let tolerance = values::timeout("--tolerance", &tolerance)?;
        let secret = secret(secret_file, host)?;
        let signature = match headers {
            Some(path) => named(&values::file(&format!("--headers {path}"), &path)?),
            None => signature,
        };
        let body = match body.as_str() {
            "-" => host.read_stdin().map_err(|source| Error::Input {
                what: "stdin".to_owned(),
                source,
            })?,
            path => values::file(path, path)?,
        };
        Ok(Intent::Verify(Box::new(Verify {
            secret,
            signature,
            body,
            tolerance,
        })))
    }
}

fn secret(file: Option<String>, host: &Host) -> Result<Secret, Error> {
    let (origin, text) = match file {
        Some(path) => {
            let what = format!("--secret-file {path}");
            let text = values::file(&what, &path)?;
            (what, text)
        }
        None => match host.variable(SECRET) {
            Some(text) => (SECRET.to_owned(), text),
            None => {
                return Err(Error::usage(
                    "there is no secret to check with",
                    format!("Name a file that holds it: --secret-file PATH, or set {SECRET}."),
                ));
            }
        },
    };
    match text.trim() {
        "" => Err(Error::usage(
            format!("{origin}: it is empty"),
            "It must hold the secret that the endpoint got when it was made, `whsec_…`.",
        )),
        secret => Ok(Secret::new(secret)),
    }
}

/// Returns the value of the signature's header among lines of headers.
fn named(headers: &str) -> Option<String> {
    let mut headers = headers.lines().filter_map(|line| line.split_once(':'));
    let found = headers.find(|(name, _)| name.trim().eq_ignore_ascii_case(SIGNATURE));
    found.map(|(_, value)| value.trim().to_owned())
}
