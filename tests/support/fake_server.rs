//! Servers that do not do what they should.

use super::cluster::Cluster;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// A port on which nobody listens.
pub async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// An ErrorResponse as a server sends it.
fn error_response(code: &str, message: &str) -> Vec<u8> {
    let body = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let mut bytes = vec![b'E'];
    bytes.extend((body.len() as u32 + 4).to_be_bytes());
    bytes.extend(body.as_bytes());
    bytes
}

/// Reads a startup message and answers with an error.
async fn refuse(mut stream: TcpStream, code: &str, message: &str) {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await.unwrap();
    let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut rest).await.unwrap();
    stream
        .write_all(&error_response(code, message))
        .await
        .unwrap();
}

/// A server that lets nobody in, as `hostaddr` and `port`.
pub async fn refusing_server(code: &'static str, message: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            refuse(stream, code, message).await;
        }
    });
    format!("hostaddr=127.0.0.1 port={port}")
}

/// A server that is starting up for so many attempts, and then is the shared one.
pub async fn starting_server(attempts: usize) -> (SocketAddr, tokio::task::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cluster = Cluster::shared();
    let path = cluster
        .socket_dir()
        .join(format!(".s.PGSQL.{}", cluster.port()));
    let task = tokio::spawn(async move {
        for _ in 0..attempts {
            let (stream, _) = listener.accept().await.unwrap();
            refuse(stream, "57P03", "the database system is starting up").await;
        }
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut server = UnixStream::connect(path).await.unwrap();
        let _ = copy_bidirectional(&mut stream, &mut server).await;
        attempts
    });
    (address, task)
}
