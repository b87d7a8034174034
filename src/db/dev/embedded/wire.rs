//! One connection between our client and the engine: the protocol's messages, handed over in
//! batches, because the engine runs only while it is called.

use super::worker::Failure;
use oliphaunt_wasix::session::{
    PostgresConfig, PreparedRuntime, ProtocolPumpOutcome, ProtocolSession, ProtocolStream,
    StartupConfig, startup_error_response_output,
};
use oliphaunt_wasix::{DatabaseStorage, Extension};
use rustix::net::{RecvFlags, recv};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// The extensions that are built in; `create extension` finds them as on any server.
const EXTENSIONS: [&str; 4] = ["citext", "pg_trgm", "pgcrypto", "uuid-ossp"];

/// As on the other engine, as far as one process can: `synchronous_commit` stays on, without it
/// this engine loses commits. The engine's own defaults for the last two differ from a server's.
const SETTINGS: [(&str, &str); 5] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "logical"),
    ("search_path", "\"$user\", public"),
    ("allow_system_table_mods", "off"),
];

/// The longest startup message PostgreSQL takes, bytes.
const LONGEST_STARTUP: usize = 10_000;

/// The storage of a database.
pub fn storage(dir: &Path) -> DatabaseStorage {
    DatabaseStorage::Directory(dir.to_owned())
}

/// Serves one connection until the client says goodbye, tells so, then shuts the backend down.
///
/// # Errors
/// The backend does not start, or stops with an error.
pub fn serve(
    runtime: &PreparedRuntime,
    mut stream: UnixStream,
    goodbye: impl FnOnce(),
) -> Result<(), Failure> {
    let packet = read_startup(&mut stream)?;
    let mut settings = PostgresConfig::default();
    for (name, value) in SETTINGS {
        settings.insert(name, value);
    }
    let extensions: Vec<Extension> = EXTENSIONS
        .iter()
        .filter_map(|name| Extension::by_sql_name(name))
        .collect();
    let mut session =
        runtime.open_with_extensions(settings, StartupConfig::default(), &extensions)?;
    let talked = start_and_talk(&mut session, &packet, stream);
    goodbye();
    // Also after an error: the data must be closed before anybody opens it again.
    let closed = session.shutdown();
    talked?;
    Ok(closed?)
}

fn start_and_talk(
    session: &mut ProtocolSession,
    packet: &[u8],
    mut stream: UnixStream,
) -> Result<(), Failure> {
    let answer = match session.startup_with_packet(packet) {
        Ok(answer) => answer,
        Err(error) => {
            if let Some(said) = startup_error_response_output(&error) {
                stream.write_all(said)?;
            }
            return Err(error.into());
        }
    };
    stream.write_all(&answer.output)?;
    if !answer.accepted {
        return Ok(());
    }
    session.attach_protocol_stream(Pump(stream.try_clone()?))?;
    talk(session, stream)
}

fn talk(session: &mut ProtocolSession, mut stream: UnixStream) -> Result<(), Failure> {
    let (mut pending, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        pending.extend_from_slice(&piece[..count]);
        while let Some(batch) = take_batch(&mut pending) {
            let Batch::Messages(messages) = batch else {
                return Ok(());
            };
            // What came after the batch belongs to the engine once it reads the stream itself.
            let rest = pending.clone();
            match session.send_with_connection_protocol_pump(&messages, || rest)? {
                ProtocolPumpOutcome::Buffered(output) => stream.write_all(&output)?,
                // `copy from stdin` made it read the stream, up to the end of the connection.
                ProtocolPumpOutcome::Streamed => return Ok(()),
            }
        }
    }
}

/// What the client has sent so far, up to a message that wants an answer.
#[derive(Debug, PartialEq, Eq)]
enum Batch {
    Messages(Vec<u8>),
    Goodbye,
}

/// Takes whole messages up to one after which the client waits; `None` if it has not come yet.
fn take_batch(pending: &mut Vec<u8>) -> Option<Batch> {
    let mut end = 0;
    while let Some(length) = message_length(&pending[end..]) {
        match pending[end] {
            b'X' => return Some(Batch::Goodbye),
            // Query, Flush, FunctionCall, Sync.
            b'Q' | b'H' | b'F' | b'S' => {
                let rest = pending.split_off(end + length);
                return Some(Batch::Messages(std::mem::replace(pending, rest)));
            }
            _ => end += length,
        }
    }
    None
}

/// The length of the first message with its type, if all of it is there.
fn message_length(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_be_bytes(bytes.get(1..5)?.try_into().ok()?) as usize;
    // The length counts itself; less would make no progress.
    let whole = length.max(4) + 1;
    (bytes.len() >= whole).then_some(whole)
}

fn read_startup(stream: &mut UnixStream) -> Result<Vec<u8>, Failure> {
    let mut packet = vec![0; 4];
    stream.read_exact(&mut packet)?;
    let length = u32::from_be_bytes([packet[0], packet[1], packet[2], packet[3]]) as usize;
    if !(8..=LONGEST_STARTUP).contains(&length) {
        return Err(Failure::new(format!("a startup message of {length} bytes")));
    }
    packet.resize(length, 0);
    stream.read_exact(&mut packet[4..])?;
    Ok(packet)
}

/// The engine's own end of the stream.
struct Pump(UnixStream);

impl Read for Pump {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Pump {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl ProtocolStream for Pump {
    fn read_ready(&mut self) -> io::Result<bool> {
        let mut one = [0];
        match recv(&self.0, &mut one, RecvFlags::PEEK | RecvFlags::DONTWAIT) {
            // The end of the stream is something to read, too.
            Ok(_) => Ok(true),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind][..], &length.to_be_bytes(), body].concat()
    }

    #[test]
    fn a_batch_ends_where_the_client_waits_and_keeps_what_comes_after() {
        let (parse, sync) = (message(b'P', b"\0select 1\0\0\0"), message(b'S', b""));
        let query = message(b'Q', b"select 2\0");
        let mut pending = [parse.clone(), sync.clone(), query.clone()].concat();
        let first = [parse, sync].concat();
        assert_eq!(take_batch(&mut pending), Some(Batch::Messages(first)));
        assert_eq!(take_batch(&mut pending), Some(Batch::Messages(query)));
        assert_eq!(take_batch(&mut pending), None);
        assert!(pending.is_empty());
    }

    #[test]
    fn half_a_message_waits_for_the_other_half() {
        let query = message(b'Q', b"select 1\0");
        for cut in 0..query.len() {
            let mut pending = query[..cut].to_vec();
            assert_eq!(take_batch(&mut pending), None, "{cut}");
            pending.extend_from_slice(&query[cut..]);
            assert_eq!(
                take_batch(&mut pending),
                Some(Batch::Messages(query.clone()))
            );
        }
        assert_eq!(take_batch(&mut message(b'X', b"")), Some(Batch::Goodbye));
        assert_eq!(
            take_batch(&mut vec![b'P', 0, 0, 0, 0, b'X', 0, 0, 0, 4]),
            Some(Batch::Goodbye)
        );
    }
}
