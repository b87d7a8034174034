//! How much is measured.

use anyhow::{Context as _, Result, bail};

/// Pairs of runs of each measurement; the system.
pub struct Args {
    pub pairs: usize,
    pub far_pairs: usize,
    pub idle_pairs: usize,
    pub system: Option<String>,
}

impl Args {
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut parsed = Self {
            pairs: 20,
            far_pairs: 3,
            idle_pairs: 50,
            system: None,
        };
        while let Some(arg) = args.next() {
            let value = args
                .next()
                .with_context(|| format!("{arg} wants a value"))?;
            match arg.as_str() {
                "--pairs" => parsed.pairs = value.parse()?,
                "--far-pairs" => parsed.far_pairs = value.parse()?,
                "--idle-pairs" => parsed.idle_pairs = value.parse()?,
                "--system" => parsed.system = Some(value),
                _ => bail!("unknown argument {arg}"),
            }
        }
        Ok(parsed)
    }
}
