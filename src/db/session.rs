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

/// One connection, driven by a task of its own until the client is dropped.
pub struct Session {
    /// For queries.
    pub client: Client,
    /// Asks the server to cancel the running statement; absent where the engine cannot.
    pub cancel: Option<Cancel>,
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
        let notices = Arc::new(Mutex::new(Vec::new()));
        let driver = tokio::spawn(drive(connection, Arc::clone(&notices)));
        Self {
            client,
            cancel,
            notices,
            driver,
        }
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
