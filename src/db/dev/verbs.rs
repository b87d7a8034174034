//! What `pgphase dev start | stop | status | url | reset | psql` do.

use super::choose::{Chosen, Touch, choose};
use super::home::{self, Place, cannot};
use super::lifetime::{self, Errand, Guard};
use super::options::{DevOptions, Engine, OnEvent, failed};
use super::system::{Server, Setup, runs};
use super::user::{ServerUser, our_uid};
use super::{Description, DevServer, binaries, cluster, connect, postmaster};
use crate::error::{ErrorKind, Result};
use serde::Serialize;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::ExitStatus;

/// What `dev start` did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Started {
    /// The server.
    pub server: Description,
    /// Whether it was kept running before.
    pub already: bool,
}

/// What `dev stop` did to one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum StopOutcome {
    /// It ran and is stopped.
    Stopped {
        /// Its folder.
        directory: PathBuf,
    },
    /// Other runs use it; the last of them stops it.
    WhenOthersLeave {
        /// Its folder.
        directory: PathBuf,
        /// Their process ids.
        users: Vec<u32>,
    },
}

/// One server, as `dev status` sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerStatus {
    /// Which engine.
    pub engine: Engine,
    /// The major version of its data.
    pub major: Option<u32>,
    /// Its folder.
    pub directory: PathBuf,
    /// Whether a run would use this one.
    pub chosen: bool,
    /// Whether its data was made already.
    pub has_data: bool,
    /// Whether `dev start` asked for it to stay.
    pub kept: bool,
    /// The server process, where one runs.
    pub pid: Option<u32>,
    /// The folder of its socket, where one runs.
    pub socket: Option<PathBuf>,
    /// The runs that use it.
    pub users: Vec<u32>,
}

/// The answer of `dev url`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UrlAnswer {
    /// The URL.
    pub url: String,
    /// Whether a server listens there now; `dev start` would start one.
    pub running: bool,
}

pub(super) fn describe(server: &Server) -> Description {
    let Setup {
        binaries, place, ..
    } = &server.setup;
    let socket = server.postmaster.socket_dir.clone();
    Description {
        engine: Engine::System,
        version: binaries.version.clone(),
        directory: place.dir.clone(),
        bin_dir: Some(binaries.dir.clone()),
        pid: Some(server.postmaster.pid),
        url: Some(connect::url(&socket, connect::ROLE)),
        socket: Some(socket),
        shared_by: server.others().len(),
        kept: place.kept.exists(),
    }
}

/// Starts the dev server and lets it run until [`stop`].
///
/// # Errors
/// It does not start, or the engine is the embedded one, which ends with its process.
pub async fn start(options: &DevOptions, on_event: OnEvent<'_>) -> Result<Started> {
    let setup = shared(options, Touch::Prepare, "cannot be left running", on_event)?;
    let kept = setup.place.kept.clone();
    let mut server = Server::acquire(setup, options, on_event).await?;
    let already = kept.exists();
    std::fs::write(&kept, "").map_err(|error| cannot("write", &kept, &error))?;
    let started = Started {
        server: describe(&server),
        already,
    };
    server.leave()?;
    Ok(started)
}

/// Stops every server of the home; one that other runs use is stopped by the last of them.
///
/// # Errors
/// One does not stop.
pub async fn stop(options: &DevOptions, on_event: OnEvent<'_>) -> Result<Vec<StopOutcome>> {
    let mut outcomes = Vec::new();
    for place in places(options)? {
        let Some(user) = user_of(&place, options) else {
            continue;
        };
        if postmaster::find(&place, &user).is_none() && !place.kept.exists() {
            continue;
        }
        let guard = Guard::take(&place, Errand::Shared, options.wait, on_event).await?;
        unkeep(&place)?;
        outcomes.extend(stop_unused(&place, &user, &guard)?);
    }
    Ok(outcomes)
}

fn stop_unused(place: &Place, user: &ServerUser, _guard: &Guard) -> Result<Option<StopOutcome>> {
    let directory = place.dir.clone();
    let Some(found) = postmaster::find(place, user) else {
        return Ok(None);
    };
    let users = lifetime::users(place, None);
    if !users.is_empty() {
        return Ok(Some(StopOutcome::WhenOthersLeave { directory, users }));
    }
    postmaster::stop(place, user, &found)?;
    Ok(Some(StopOutcome::Stopped { directory }))
}

fn unkeep(place: &Place) -> Result<()> {
    match std::fs::remove_file(&place.kept) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(cannot("remove", &place.kept, &error))
        }
        _ => Ok(()),
    }
}

/// The servers of the home and what they do. Starts nothing, makes nothing.
///
/// # Errors
/// Nothing says where the home could be.
pub fn status(options: &DevOptions) -> Result<Vec<ServerStatus>> {
    let chosen = match choose(options, Touch::Nothing, &mut |_| {}) {
        Ok(Chosen::System(setup)) => Some(setup.place.dir),
        _ => None,
    };
    let mut places = places(options)?;
    if let Some(dir) = chosen
        .as_ref()
        .filter(|dir| places.iter().all(|place| place.dir != **dir))
    {
        let name = dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        places.push(Place::at(dir.parent().unwrap_or(dir), &name));
    }
    let servers = places
        .iter()
        .map(|place| look(place, chosen.as_ref() == Some(&place.dir), options));
    #[allow(unused_mut, reason = "the embedded engine adds its own")]
    let mut servers: Vec<ServerStatus> = servers.collect();
    #[cfg(feature = "embedded")]
    servers.push(super::embedded::look(options, chosen.is_none())?);
    Ok(servers)
}

fn look(place: &Place, chosen: bool, options: &DevOptions) -> ServerStatus {
    let found = user_of(place, options).and_then(|user| postmaster::find(place, &user));
    ServerStatus {
        engine: Engine::System,
        major: major_of(place),
        directory: place.dir.clone(),
        chosen,
        has_data: place.data.exists(),
        kept: place.kept.exists(),
        pid: found.as_ref().map(|found| found.pid),
        socket: found.map(|found| found.socket_dir),
        users: lifetime::users(place, None),
    }
}

/// The folders of all majors in the home, oldest first.
fn places(options: &DevOptions) -> Result<Vec<Place>> {
    let home = home::locate(options)?;
    let home = std::fs::canonicalize(&home).unwrap_or(home);
    let entries = std::fs::read_dir(&home).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut found: Vec<Place> = names.map(|name| Place::at(&home, &name)).collect();
    found.retain(|place| major_of(place).is_some());
    found.sort_by_key(major_of);
    Ok(found)
}

fn major_of(place: &Place) -> Option<u32> {
    place
        .dir
        .file_name()?
        .to_str()?
        .strip_prefix("pg")?
        .parse()
        .ok()
}

/// Whom the server of this data runs as; `None` where that is nobody we may act for.
fn user_of(place: &Place, options: &DevOptions) -> Option<ServerUser> {
    let owner = std::fs::metadata(&place.data).ok()?.uid();
    if our_uid() == 0 {
        return ServerUser::owning(owner, &options.server_users);
    }
    ServerUser::choose(&options.server_users)
        .ok()
        .filter(|user| user.uid == owner)
}

/// The URL of a database, whether or not the server runs now.
///
/// # Errors
/// There is no engine, or it is the embedded one.
pub fn url(options: &DevOptions, database: &str, on_event: OnEvent<'_>) -> Result<UrlAnswer> {
    let setup = shared(options, Touch::Prepare, "has no URL", on_event)?;
    let found = setup.running();
    let running = found.is_some();
    let socket_dir = match found {
        Some(found) => found.socket_dir,
        None => home::socket_folder(&setup.place, &setup.user, options)?,
    };
    Ok(UrlAnswer {
        url: connect::url(&socket_dir, database),
        running,
    })
}

/// Throws data away: one database, or everything of the chosen engine. The next run makes it anew;
/// a server that `dev start` keeps running is started again.
///
/// # Errors
/// Others use it.
pub async fn reset(
    options: &DevOptions,
    database: Option<&str>,
    on_event: OnEvent<'_>,
) -> Result<()> {
    match (choose(options, Touch::Prepare, on_event)?, database) {
        (Chosen::System(setup), None) => reset_all(setup, options, on_event).await,
        #[cfg(feature = "embedded")]
        (Chosen::Embedded, None) => super::embedded::reset(options, on_event).await,
        (_, Some(database)) => {
            let server = DevServer::acquire(options, on_event).await?;
            let dropped = server.drop_database(database).await;
            server.release().await?;
            dropped
        }
    }
}

async fn reset_all(setup: Setup, options: &DevOptions, on_event: OnEvent<'_>) -> Result<()> {
    let Setup { place, user, .. } = &setup;
    let guard = Guard::take(place, Errand::Shared, options.wait, on_event).await?;
    let users = lifetime::users(place, None);
    if !users.is_empty() {
        return Err(failed(format!(
            "{} in the dev server: nothing was reset",
            runs(&users)
        ))
        .kind_is(ErrorKind::Locked)
        .hint("Wait for them, then try again."));
    }
    if let Some(found) = setup.running() {
        postmaster::stop(place, user, &found)?;
    }
    // Out of the way first: what is half removed must not look like a data directory.
    let doomed = place.dir.join("data.old");
    cluster::remove_tree(&doomed)?;
    if place.data.exists() {
        std::fs::rename(&place.data, &doomed)
            .map_err(|error| cannot("move", &place.data, &error))?;
    }
    cluster::remove_tree(&doomed)?;
    drop(guard);
    if place.kept.exists() {
        start(options, on_event).await?;
    }
    Ok(())
}

/// Runs psql on a database of the dev server, on our terminal, and waits for it.
///
/// # Errors
/// There is no psql, or no server for it.
pub async fn psql(
    options: &DevOptions,
    database: &str,
    arguments: &[String],
    on_event: OnEvent<'_>,
) -> Result<ExitStatus> {
    let setup = shared(options, Touch::Prepare, "takes no psql", on_event)?;
    let bin_dir = &setup.binaries.dir;
    let program = binaries::psql(bin_dir, options).ok_or_else(|| {
        failed(format!("no psql in {}, and none on PATH", bin_dir.display())).hint(
            "Install PostgreSQL's client: apt-get install postgresql-client, or brew install libpq.\n\
             Any other client can use the URL that `pgphase dev url` prints.",
        )
    })?;
    let server = Server::acquire(setup, options, on_event).await?;
    let server = DevServer {
        inner: super::Inner::System(server),
    };
    let status = run_psql(&server, program, database, arguments).await;
    server.release().await?;
    status
}

async fn run_psql(
    server: &DevServer,
    program: PathBuf,
    database: &str,
    arguments: &[String],
) -> Result<ExitStatus> {
    server.ensure_database(database).await?;
    let socket = server.describe().socket.unwrap_or_default();
    let mut command = tokio::process::Command::new(&program);
    for name in [
        "PGHOSTADDR",
        "PGSERVICE",
        "PGOPTIONS",
        "PGPASSWORD",
        "PGSSLMODE",
    ] {
        command.env_remove(name);
    }
    command
        .arg("-h")
        .arg(socket)
        .args(["-p", "5432", "-U", connect::ROLE, "-d", database]);
    // Ctrl-C is psql's: it cancels a query there. We must outlive it to let go of the server.
    let _ours = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    let status = command.args(arguments).status().await;
    status.map_err(|error| failed(format!("cannot run {}: {error}", program.display())))
}

/// The engine that other programs can reach too.
fn shared(
    options: &DevOptions,
    touch: Touch,
    _cannot: &str,
    on_event: OnEvent<'_>,
) -> Result<Setup> {
    match choose(options, touch, on_event)? {
        Chosen::System(setup) => Ok(setup),
        #[cfg(feature = "embedded")]
        Chosen::Embedded => Err(super::embedded::not_shared(_cannot)),
    }
}
