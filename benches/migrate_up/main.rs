//! `pgphase migrate up` beside `psql`, on a private server with durable settings:
//!
//! 1. a whole system on an empty database, verification included, over the server's socket;
//! 2. the same with a network between that adds 20 ms to each round trip;
//! 3. a run with nothing to do;
//! 4. the first and the third with other tools, where `benches/peers` has installed them.
//!
//! `cargo bench --bench migrate_up [-- --pairs 20 --far-pairs 3 --idle-pairs 50 --system NAME]`. Needs psql on the PATH
//! and the server's binaries (`PGPHASE_TEST_BINDIR`, else this machine's newest). Both sides of a pair run one after the
//! other, each on a fresh copy of the same database. Times are medians; the ratio is the median of the pairs' ratios.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its figures"
)]

mod args;
mod bench;
#[path = "../../tests/support/binaries.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod binaries;
mod cluster;
mod measure;
mod peers;
mod proxy;
mod script;

use anyhow::Result;
use args::Args;
use bench::Bench;
use cluster::Cluster;
use measure::{Taken, median, milliseconds, ratio};
use proxy::Proxy;
use std::time::Duration;

const ROUND_TRIP: Duration = Duration::from_millis(20);
/// A server that trusts everybody logs a client in with one question and one answer.
const LOGIN_TRIPS: u32 = 1;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if !args.iter().any(|arg| arg == "--bench") {
        // Test runners start benchmarks too, to see that they can be started.
        return Ok(());
    }
    let args = Args::parse(args.into_iter().filter(|arg| arg != "--bench"))?;
    let bench = Bench::new(&args)?;
    eprintln!("{}", bench.cluster.sql("postgres", "select version()")?);
    eprintln!("{}", bench.check_that_both_do_the_same()?);
    println!("| | psql | pgphase | ratio |\n|---|---|---|---|");
    near(&bench, args.pairs)?;
    far(&bench, args.far_pairs)?;
    idle(&bench, args.idle_pairs)?;
    peers(&bench, args.pairs.div_ceil(2))
}

fn near(bench: &Bench, pairs: usize) -> Result<()> {
    let url = bench.cluster.url("run");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        bench.fresh()?;
        theirs.push(bench.psql(&url)?);
        bench.fresh()?;
        ours.push(bench.up(&url)?);
    }
    row("whole system, same machine", &theirs, &ours, |taken| {
        taken.wall
    });
    row("of that, the client's own time", &theirs, &ours, |taken| {
        taken.cpu
    });
    Ok(())
}

fn far(bench: &Bench, pairs: usize) -> Result<()> {
    let proxy = Proxy::start(&bench.cluster.socket(), ROUND_TRIP)?;
    let url = Cluster::tcp_url("run", proxy.port);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut our_trips, mut their_trips) = (0, 0);
    for _ in 0..pairs {
        bench.fresh()?;
        theirs.push(bench.psql(&url)?);
        their_trips = proxy.take_trips();
        bench.fresh()?;
        ours.push(bench.up(&url)?);
        our_trips = proxy.take_trips();
    }
    row("whole system, 20 ms away", &theirs, &ours, |taken| {
        taken.wall
    });
    println!("| of that, round trips | {their_trips} | {our_trips} | |");
    Ok(())
}

fn idle(bench: &Bench, pairs: usize) -> Result<()> {
    let url = bench.cluster.url("run");
    bench.fresh()?;
    bench.up(&url)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        theirs.push(bench.psql_idle(&url)?);
        ours.push(bench.up(&url)?);
    }
    row("nothing to do (psql: select 1)", &theirs, &ours, |taken| {
        taken.wall
    });
    row("of that, the client's own time", &theirs, &ours, |taken| {
        taken.cpu
    });
    let proxy = Proxy::start(&bench.cluster.socket(), ROUND_TRIP)?;
    let url = Cluster::tcp_url("run", proxy.port);
    bench.psql_idle(&url)?;
    let theirs = proxy.take_trips().saturating_sub(LOGIN_TRIPS);
    bench.up(&url)?;
    let ours = proxy.take_trips().saturating_sub(LOGIN_TRIPS);
    println!("| of that, round trips after the login | {theirs} | {ours} | |");
    Ok(())
}

fn peers(bench: &Bench, runs: usize) -> Result<()> {
    let installed = peers::installed();
    if installed.is_empty() {
        return Ok(());
    }
    println!("\n| | whole system | nothing to do |\n|---|---|---|");
    let url = bench.cluster.url("run");
    for peer in &installed {
        let (mut whole, mut idle) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            bench.fresh()?;
            whole.push(bench.peer(peer, &url)?);
            idle.push(bench.peer(peer, &url)?);
        }
        let shown = |taken: &[Taken]| milliseconds(median(taken, |taken| taken.wall));
        println!("| {} | {} | {} |", peer.name, shown(&whole), shown(&idle));
    }
    Ok(())
}

fn row(what: &str, theirs: &[Taken], ours: &[Taken], of: impl Fn(&Taken) -> Duration + Copy) {
    let (their, our) = (median(theirs, of), median(ours, of));
    let (their, our) = (milliseconds(their), milliseconds(our));
    println!(
        "| {what} | {their} | {our} | {:.2} |",
        ratio(theirs, ours, of)
    );
}
