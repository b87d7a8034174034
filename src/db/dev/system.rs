//! The engine on this machine's PostgreSQL binaries: one server that all runs share.

use super::binaries::Binaries;
use super::connect;
use super::home::{self, Place};
use super::lifetime::{self, Errand, Guard, Presence};
use super::options::{DevEvent, DevOptions, OnEvent, failed};
use super::postmaster::{self, Postmaster};
use super::user::ServerUser;
use super::{cluster, user};
use crate::db::Session;
use crate::error::{ErrorKind, Result};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// How long the way out waits for others who come or go.
const LEAVE_LIMIT: Duration = Duration::from_secs(10);

/// What is known before anything is started: which binaries, where, as whom.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The binaries.
    pub binaries: Binaries,
    /// The folder of their major.
    pub place: Place,
    /// Whom the server runs as.
    pub user: ServerUser,
}

impl Setup {
    /// Prepares the folder for the binaries' major; touches nothing else.
    ///
    /// # Errors
    /// The home is not usable.
    pub fn prepare(options: &DevOptions, binaries: Binaries, user: ServerUser) -> Result<Self> {
        let home = home::open(options, &user)?;
        let place = Place::open(&home, &folder(&binaries), &user)?;
        let user = owner_of(&place, user, options)?;
        Ok(Self {
            binaries,
            place,
            user,
        })
    }

    /// The same without touching anything, to look only.
    ///
    /// # Errors
    /// Nothing says where the home could be, or the data is not ours.
    pub fn look(options: &DevOptions, binaries: Binaries, user: ServerUser) -> Result<Self> {
        let home = home::locate(options)?;
        let home = std::fs::canonicalize(&home).unwrap_or(home);
        let place = Place::at(&home, &folder(&binaries));
        let user = owner_of(&place, user, options)?;
        Ok(Self {
            binaries,
            place,
            user,
        })
    }

    /// The live server, if there is one.
    pub fn running(&self) -> Option<Postmaster> {
        postmaster::find(&self.place, &self.user)
    }
}

fn folder(binaries: &Binaries) -> String {
    format!("pg{}", binaries.major)
}

/// Data that exists decides whom the server runs as; it must be one we would have chosen.
fn owner_of(place: &Place, user: ServerUser, options: &DevOptions) -> Result<ServerUser> {
    let Ok(found) = std::fs::metadata(&place.data) else {
        return Ok(user);
    };
    if found.uid() == user.uid {
        return Ok(user);
    }
    let other = ServerUser::owning(found.uid(), &options.server_users).filter(|_| user.drops);
    other.ok_or_else(|| {
        failed(format!(
            "{} belongs to user {}, not to user {}: not used",
            place.data.display(),
            found.uid(),
            user.uid
        ))
        .hint("Set PGPHASE_DEV_HOME to a folder of your own.")
    })
}

/// A running server, for as long as this is held.
#[derive(Debug)]
pub struct Server {
    /// Which binaries, where, as whom.
    pub setup: Setup,
    /// The server process.
    pub postmaster: Postmaster,
    /// Ours to wait for, if we started it.
    child: Option<Child>,
    presence: Option<Presence>,
}

impl Server {
    /// Finds the server running, or starts it.
    ///
    /// # Errors
    /// It cannot be started; the error says why and what to do.
    pub async fn acquire(
        setup: Setup,
        options: &DevOptions,
        on_event: OnEvent<'_>,
    ) -> Result<Self> {
        let guard = Guard::take(&setup.place, Errand::Shared, options.wait, on_event).await?;
        lifetime::sweep(&setup.place, &guard);
        let (postmaster, child) = find_or_start(&setup, options, on_event).await?;
        let presence = Presence::enter(&setup.place, &guard)?;
        Ok(Self {
            setup,
            postmaster,
            child,
            presence: Some(presence),
        })
    }

    /// The other runs that use it now.
    pub fn others(&self) -> Vec<u32> {
        lifetime::users(&self.setup.place, self.presence.as_ref())
    }

    /// A new connection.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn session(&self, database: &str) -> Result<Session> {
        connect::session(&self.postmaster.socket_dir, database).await
    }

    /// Leaves; the last one out stops the server, unless it is to be kept.
    ///
    /// # Errors
    /// The server does not stop.
    pub fn leave(&mut self) -> Result<()> {
        let Some(presence) = self.presence.take() else {
            return Ok(());
        };
        // Holding our presence until it is our turn: else nobody might be the last one.
        let _guard = Guard::take_blocking(&self.setup.place, LEAVE_LIMIT)?;
        let place = &self.setup.place;
        drop(presence);
        if place.kept.exists() || !lifetime::users(place, None).is_empty() {
            return Ok(());
        }
        self.stop_now()
    }

    /// Stops the server; the caller holds the guard.
    pub(super) fn stop_now(&mut self) -> Result<()> {
        postmaster::stop(&self.setup.place, &self.setup.user, &self.postmaster)?;
        if let Some(mut child) = self.child.take() {
            // Dying already; without this it would stay as a zombie until we end.
            let _ = child.wait();
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An early return of the caller; nobody is left to hear of a failure.
        let _ = self.leave();
    }
}

/// The server that runs and answers, else a new one.
async fn find_or_start(
    setup: &Setup,
    options: &DevOptions,
    on_event: OnEvent<'_>,
) -> Result<(Postmaster, Option<Child>)> {
    if let Some(found) = settled(setup).await? {
        if found.reachable() {
            return Ok((found, None));
        }
        replace_unreachable(setup, &found)?;
    }
    let Setup {
        binaries,
        place,
        user,
    } = setup;
    tell_of_other_majors(setup, on_event);
    cluster::ensure(place, binaries, user, on_event).await?;
    let socket_dir = home::socket_folder(place, user, options)?;
    let (found, child) = cluster::start(place, binaries, user, &socket_dir, on_event).await?;
    Ok((found, Some(child)))
}

/// The live server once it has made up its mind: one that starts gets ready, one that stops goes.
async fn settled(setup: &Setup) -> Result<Option<Postmaster>> {
    let begun = Instant::now();
    while let Some(found) = setup.running() {
        if found.ready {
            return Ok(Some(found));
        }
        if begun.elapsed() > Duration::from_secs(60) {
            let message = format!("the dev server (process {}) does not get ready", found.pid);
            return Err(failed(message).hint(format!("Its log is {}.", setup.place.log.display())));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(None)
}

/// A server whose socket was removed cannot be reached again by anybody.
fn replace_unreachable(setup: &Setup, found: &Postmaster) -> Result<()> {
    let users = lifetime::users(&setup.place, None);
    if users.is_empty() {
        return postmaster::stop(&setup.place, &setup.user, found);
    }
    Err(failed(format!(
        "the dev server's socket in {} is gone, and {} still in it",
        found.socket_dir.display(),
        runs(&users)
    ))
    .kind_is(ErrorKind::Locked)
    .hint("Wait for them, then run `pgphase dev stop`."))
}

/// Says once, when a major's data is made, that the data of others stays where it is.
fn tell_of_other_majors(setup: &Setup, on_event: OnEvent<'_>) {
    let Some(home) = setup
        .place
        .dir
        .parent()
        .filter(|_| !setup.place.data.exists())
    else {
        return;
    };
    for other in majors_with_data(home) {
        on_event(DevEvent::Note(format!(
            "the data of PostgreSQL {other} stays in {}; PostgreSQL {} gets its own",
            home.join(format!("pg{other}")).display(),
            setup.binaries.major
        )));
    }
}

fn majors_with_data(home: &Path) -> Vec<u32> {
    let entries = std::fs::read_dir(home).into_iter().flatten().flatten();
    let mut majors: Vec<u32> = entries
        .filter(|entry| user::holds(&entry.path().join("data"), "PG_VERSION"))
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("pg")?.parse().ok())
        .collect();
    majors.sort_unstable();
    majors
}

/// "another run (process 7) is", "2 other runs (processes 7, 9) are".
pub fn runs(pids: &[u32]) -> String {
    let list: Vec<String> = pids.iter().map(ToString::to_string).collect();
    match pids {
        [only] => format!("another run (process {only}) is"),
        _ => format!(
            "{} other runs (processes {}) are",
            pids.len(),
            list.join(", ")
        ),
    }
}
