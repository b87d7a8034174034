//! The stand-in for what a platform brings: only where it is missing, marked as ours, and taken away again.

use crate::catalog::Platform;
use crate::db::{Session, sql_error};
use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use tokio_postgres::error::SqlState;

const DETECT: &str = include_str!("../../platform/supabase/detect.sql");
const UNINSTALL: &str = include_str!("../../platform/supabase/uninstall.sql");
const INSTALL: [(&str, &str); 5] = [
    (
        "001_roles.sql",
        include_str!("../../platform/supabase/001_roles.sql"),
    ),
    (
        "002_auth.sql",
        include_str!("../../platform/supabase/002_auth.sql"),
    ),
    (
        "003_vault.sql",
        include_str!("../../platform/supabase/003_vault.sql"),
    ),
    (
        "004_realtime.sql",
        include_str!("../../platform/supabase/004_realtime.sql"),
    ),
    (
        "005_public.sql",
        include_str!("../../platform/supabase/005_public.sql"),
    ),
];

/// How often an installation is tried again when another database of the server creates the same roles.
const ATTEMPTS: u32 = 10;

/// What is there of a platform.
#[derive(Debug, Clone, Serialize)]
pub struct PlatformStatus {
    /// Which platform.
    pub platform: Platform,
    /// Everything that a system may presuppose is there.
    pub complete: bool,
    /// It is pgphase's stand-in, not the real one.
    pub is_stand_in: bool,
    /// Part by part, as `detect.sql` names them.
    pub parts: Vec<Part>,
}

/// One part of a platform.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// For example `has_auth_users`.
    pub name: String,
    /// Whether it is there.
    pub there: bool,
}

/// Looks at what is there; creates nothing.
///
/// # Errors
/// The server's error.
pub async fn status(session: &Session, platform: Platform) -> Result<PlatformStatus> {
    if platform == Platform::Postgres {
        return Ok(PlatformStatus {
            platform,
            complete: true,
            is_stand_in: false,
            parts: Vec::new(),
        });
    }
    let row = session
        .client
        .query_typed_one(DETECT, &[])
        .await
        .map_err(|error| plain(&error, "looking at the platform"))?;
    let parts: Vec<Part> = row
        .columns()
        .iter()
        .enumerate()
        .filter(|(_, column)| column.name().starts_with("has_"))
        .map(|(at, column)| Part {
            name: column.name().to_owned(),
            there: row.get(at),
        })
        .collect();
    Ok(PlatformStatus {
        platform,
        complete: parts.iter().all(|part| part.there),
        is_stand_in: row.get("is_stand_in"),
        parts,
    })
}

/// Brings what is missing, in one transaction. Never replaces anything.
///
/// # Errors
/// [`ErrorKind::Permission`] where the role may not, with what would help.
pub async fn install(session: &Session, platform: Platform) -> Result<()> {
    if platform == Platform::Postgres {
        return Ok(());
    }
    let mut script = String::from("begin;\n");
    for (_, text) in INSTALL {
        script.push_str(text);
        script.push('\n');
    }
    script.push_str("commit;");
    for attempt in 1.. {
        let Err(error) = session.client.batch_execute(&script).await else {
            break;
        };
        let _ = session.client.batch_execute("rollback").await;
        // Roles belong to the whole server: two databases that create them at once get in each other's way.
        if attempt >= ATTEMPTS || !is_race(&error) {
            return Err(explain(&error));
        }
        tokio::time::sleep(std::time::Duration::from_millis(20 * u64::from(attempt))).await;
    }
    // "wal_level is insufficient" and "already exists" say nothing to a user here.
    session.take_notices();
    Ok(())
}

/// Takes our stand-in away; what is not ours stays.
///
/// # Errors
/// The server's error, for example while a system still depends on it.
pub async fn uninstall(session: &Session, platform: Platform) -> Result<Vec<String>> {
    if platform == Platform::Postgres {
        return Ok(Vec::new());
    }
    let result = session
        .client
        .batch_execute(&format!("begin;\n{UNINSTALL}\ncommit;"))
        .await;
    if let Err(error) = result {
        let _ = session.client.batch_execute("rollback").await;
        let error = plain(&error, "taking the stand-in away");
        return Err(error.hint("revert the system first: `pgphase migrate down --all`"));
    }
    Ok(session
        .take_notices()
        .iter()
        .map(|notice| notice.message().to_owned())
        .collect())
}

fn is_race(error: &tokio_postgres::Error) -> bool {
    let races = [
        SqlState::UNIQUE_VIOLATION,
        SqlState::DUPLICATE_OBJECT,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
    ];
    let concurrent = error
        .as_db_error()
        .is_some_and(|db| db.message().contains("concurrently"));
    concurrent || error.code().is_some_and(|code| races.contains(code))
}

fn explain(error: &tokio_postgres::Error) -> Error {
    let explained = plain(error, "installing the stand-in");
    if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return explained.kind_is(ErrorKind::Permission);
    }
    explained
}

fn plain(error: &tokio_postgres::Error, action: &str) -> Error {
    sql_error::from_pg(
        error,
        &sql_error::SqlContext::new(ErrorKind::Database, action),
    )
}
