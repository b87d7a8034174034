//! Counts round trips: a proxy between a client and a server on 127.0.0.1 that makes every answer late.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

/// Long enough for a client to send all it has to send before the answer to its first message arrives.
const DELAY: Duration = Duration::from_millis(15);

/// Passes bytes on, and counts how often a client waited for an answer after its login.
pub struct Proxy {
    pub port: u16,
    count: Arc<AtomicU32>,
}

impl Proxy {
    /// In front of a server on 127.0.0.1.
    pub fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let count = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&count);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                std::thread::spawn(move || pass(client, server, &counter));
            }
        });
        Self { port, count }
    }

    /// Round trips since the last call.
    pub fn round_trips(&self) -> u32 {
        self.count.swap(0, Ordering::SeqCst)
    }
}

const LOGIN: u8 = 0;
const ANSWERED: u8 = 1;
const ASKED: u8 = 2;

fn pass(client: TcpStream, server: u16, count: &AtomicU32) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let state = AtomicU8::new(LOGIN);
    std::thread::scope(|scope| {
        scope.spawn(|| forward(&client, &server, |_| ask(&state, count)));
        scope.spawn(|| {
            forward(&server, &client, |bytes| {
                std::thread::sleep(DELAY);
                answer(&state, bytes);
            });
        });
    });
}

/// The client sends after an answer: it begins a round trip.
fn ask(state: &AtomicU8, count: &AtomicU32) {
    let begins = state.compare_exchange(ANSWERED, ASKED, Ordering::SeqCst, Ordering::SeqCst);
    if begins.is_ok() {
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// The login ends with ReadyForQuery: `Z`, length 5, `I`.
fn answer(state: &AtomicU8, bytes: &[u8]) {
    let ready = bytes.ends_with(b"Z\0\0\0\x05I");
    if state.load(Ordering::SeqCst) != LOGIN || ready {
        state.store(ANSWERED, Ordering::SeqCst);
    }
}

fn forward(mut from: &TcpStream, mut to: &TcpStream, mut before: impl FnMut(&[u8])) {
    let mut buffer = [0; 65536];
    loop {
        let read = from.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            let _ = to.shutdown(std::net::Shutdown::Both);
            return;
        }
        // Terminate is no question.
        if &buffer[..read] != b"X\0\0\0\x04" {
            before(&buffer[..read]);
        }
        if to.write_all(&buffer[..read]).is_err() {
            return;
        }
    }
}
