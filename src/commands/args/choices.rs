//! The values of flags whose type is defined in another module.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::model::Goal;
use crate::output::Format;

/// The values of `watch --for` and `send --wait`.
impl ValueEnum for Goal {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Settled, Self::Sent, Self::Delivered]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Settled => "Final status for its channel",
            Self::Sent => "Handed to the provider",
            Self::Delivered => "Confirmed as delivered",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

/// The values of `--output`.
impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.help()))
    }
}
