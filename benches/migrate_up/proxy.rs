//! A network far away: a TCP port that hands everything on to the server's socket half a round trip later, and counts
//! how often a client waited for an answer.

use anyhow::Result;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Until the process ends.
pub struct Proxy {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    turns: Arc<Mutex<Turns>>,
}

#[derive(Default)]
struct Turns {
    asked: bool,
    trips: u32,
}

impl Proxy {
    /// Adds `round_trip` to each question and answer, half of it each way.
    pub fn start(socket: &Path, round_trip: Duration) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let turns = Arc::new(Mutex::new(Turns::default()));
        let (socket, counted) = (socket.to_path_buf(), Arc::clone(&turns));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = carry(client, &socket, round_trip / 2, &counted);
            }
        });
        Ok(Self { port, turns })
    }

    /// Round trips since the last call, of all connections together. A question that nobody waits for, such as the
    /// goodbye, is none.
    pub fn take_trips(&self) -> u32 {
        let mut turns = self.turns.lock().expect("the count");
        std::mem::take(&mut *turns).trips
    }
}

fn carry(
    client: TcpStream,
    socket: &PathBuf,
    delay: Duration,
    turns: &Arc<Mutex<Turns>>,
) -> Result<()> {
    client.set_nodelay(true)?;
    let server = UnixStream::connect(socket)?;
    let (asking, answering) = (Arc::clone(turns), Arc::clone(turns));
    let asked = move |at_source: bool| {
        if at_source {
            asking.lock().expect("the count").asked = true;
        }
    };
    let answered = move |at_source: bool| {
        if !at_source {
            let mut turns = answering.lock().expect("the count");
            turns.trips += u32::from(std::mem::take(&mut turns.asked));
        }
    };
    let (back_server, back_client) = (server.try_clone()?, client.try_clone()?);
    let close_server = server.try_clone()?;
    delayed(client, server, delay, asked, move || {
        let _ = close_server.shutdown(Shutdown::Write);
    });
    let close_client = back_client.try_clone()?;
    delayed(back_server, back_client, delay, answered, move || {
        let _ = close_client.shutdown(Shutdown::Write);
    });
    Ok(())
}

/// Hands on what is read, each piece `delay` after it came. `on` hears of each piece as it comes (true) and as it is
/// handed on (false).
fn delayed(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    delay: Duration,
    on: impl Fn(bool) + Send + Clone + 'static,
    close: impl FnOnce() + Send + 'static,
) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    let coming = on.clone();
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            coming(true);
            if sender
                .send((Instant::now() + delay, buffer[..length].to_vec()))
                .is_err()
            {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            on(false);
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        close();
    });
}
