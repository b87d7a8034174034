//! The process that a login named for cancel requests. The driver keeps it to itself, but writes it into every cancel
//! request, and writes one to whatever stream it is given: here, to memory.

use crate::db::session::Session;
use futures_util::FutureExt;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// Length, request code, process, secret: four bytes each.
const CANCEL_REQUEST: usize = 16;

/// The named process; nothing when the driver's request is not what the protocol says.
pub fn process(session: &Session) -> Option<i32> {
    let mut written = Vec::new();
    let token = session.client.cancel_token();
    let request = token.cancel_query_raw(Memory(&mut written), NoCipher);
    // Memory is always ready, so there is nothing to wait for.
    request.now_or_never()?.ok()?;
    let request = written.get(written.len().checked_sub(CANCEL_REQUEST)?..)?;
    Some(i32::from_be_bytes(request.get(8..12)?.try_into().ok()?))
}

/// A server that agrees to TLS, and keeps what it is told.
struct Memory<'a>(&'a mut Vec<u8>);

impl AsyncRead for Memory<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // The one question a client has before a cancel request: may we encrypt?
        if buffer.remaining() > 0 {
            buffer.put_slice(b"S");
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Memory<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl TlsStream for Memory<'_> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// TLS without the TLS: what is written stays legible.
struct NoCipher;

impl<'a> TlsConnect<Memory<'a>> for NoCipher {
    type Stream = Memory<'a>;
    type Error = io::Error;
    type Future = Ready<io::Result<Memory<'a>>>;

    fn connect(self, stream: Memory<'a>) -> Self::Future {
        ready(Ok(stream))
    }
}
