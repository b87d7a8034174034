//! One connection to a server: the client, the notices it sent, and how to cancel what it runs.

use futures_util::{future::poll_fn, ready};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::error::DbError;
use tokio_postgres::{AsyncMessage, Client, Connection};

/// Asks the server to cancel what a session runs.
pub type Cancel = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What the server said of itself while connecting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Greeting {
    /// As `server_version`: `15.8 (Debian 15.8-0+deb12u1)`.
    pub server_version: Option<String>,
    /// PostgreSQL 14 and newer, and no pooler in between.
    pub in_hot_standby: Option<bool>,
    /// PostgreSQL 14 and newer, and no pooler in between.
    pub default_read_only: Option<bool>,
}

impl Greeting {
    fn of<S, T>(connection: &Connection<S, T>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin,
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let flag = |name| connection.parameter(name).map(|value| value == "on");
        Self {
            server_version: connection.parameter("server_version").map(str::to_owned),
            in_hot_standby: flag("in_hot_standby"),
            default_read_only: flag("default_transaction_read_only"),
        }
    }

    /// Whether it is a standby, and whether it is read-only; nothing where the server did not say.
    pub fn replication_role(&self) -> Option<(bool, bool)> {
        Some((
            self.in_hot_standby?,
            self.in_hot_standby? || self.default_read_only?,
        ))
    }

    /// The server's major version.
    pub fn major(&self) -> Option<u32> {
        let version = self.server_version.as_deref()?;
        version
            .split(|next: char| !next.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    }
}

/// One connection, driven by a task of its own until the client is dropped.
pub struct Session {
    /// For queries.
    pub client: Client,
    /// Asks the server to cancel the running statement; absent where the engine cannot.
    pub cancel: Option<Cancel>,
    greeting: Greeting,
    notices: Arc<Mutex<Vec<DbError>>>,
    driver: tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>,
}

impl Session {
    /// Takes a fresh connection over and drives it in the background.
    pub fn start<S, T>(client: Client, connection: Connection<S, T>, cancel: Option<Cancel>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let greeting = Greeting::of(&connection);
        let notices = Arc::new(Mutex::new(Vec::new()));
        let driver = tokio::spawn(drive(connection, Arc::clone(&notices)));
        Self {
            client,
            cancel,
            greeting,
            notices,
            driver,
        }
    }

    /// What the server said of itself while connecting.
    pub fn greeting(&self) -> &Greeting {
        &self.greeting
    }

    /// The notices and warnings that arrived since the last call.
    pub fn take_notices(&self) -> Vec<DbError> {
        std::mem::take(
            &mut self
                .notices
                .lock()
                .expect("nobody panics while holding the notices"),
        )
    }

    /// Says goodbye to the server and waits until the connection is closed.
    pub async fn close(self) {
        drop(self.client);
        let _ = self.driver.await;
    }
}

async fn drive<S, T>(
    mut connection: Connection<S, T>,
    notices: Arc<Mutex<Vec<DbError>>>,
) -> Result<(), tokio_postgres::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    poll_fn(|cx| {
        loop {
            match ready!(connection.poll_message(cx)) {
                Some(Ok(AsyncMessage::Notice(notice))) => {
                    notices
                        .lock()
                        .expect("nobody panics while holding the notices")
                        .push(notice);
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => return Poll::Ready(Ok(())),
            }
        }
    })
    .await
}
