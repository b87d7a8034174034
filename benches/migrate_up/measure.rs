//! Running a command, and what it took.

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Clone, Copy)]
pub struct Taken {
    /// From start to end.
    pub wall: Duration,
    /// The process's own time, user and system.
    pub cpu: Duration,
}

/// Runs without any of this process's environment but PATH; only one command at a time.
pub fn timed(program: &str, args: &[&str], env: &[(&str, &str)], dir: &Path) -> Result<Taken> {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir).env_clear();
    command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    command
        .envs(env.iter().copied())
        .env("HOME", dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let before = children()?;
    let started = Instant::now();
    let output = command
        .output()
        .with_context(|| format!("{program} cannot be run"))?;
    let wall = started.elapsed();
    ensure!(
        output.status.success(),
        "{program} {}: {}",
        args.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(Taken {
        wall,
        cpu: children()?.saturating_sub(before),
    })
}

fn children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

/// The middle one.
pub fn median(taken: &[Taken], what: impl Fn(&Taken) -> Duration) -> Duration {
    let mut sorted: Vec<Duration> = taken.iter().map(what).collect();
    sorted.sort();
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => Duration::ZERO,
        length if length % 2 == 0 => (sorted[middle - 1] + sorted[middle]) / 2,
        _ => sorted[middle],
    }
}

/// The median of the pairs' ratios.
pub fn ratio(theirs: &[Taken], ours: &[Taken], what: impl Fn(&Taken) -> Duration) -> f64 {
    let pairs = theirs.iter().zip(ours);
    let mut ratios: Vec<f64> = pairs
        .map(|(their, our)| what(our).as_secs_f64() / what(their).as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
}

/// As shown.
pub fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}
