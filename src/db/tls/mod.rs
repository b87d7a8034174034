//! TLS as libpq does it: which certificates are trusted, and how much is checked in which `sslmode`.

mod verify;

use super::target::{ChannelBinding, RootCert, SslMode, TlsOptions};
use crate::{Error, ErrorKind, Result};
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use std::path::Path;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// The name by which PostgreSQL is known in a TLS handshake; `sslnegotiation=direct` requires it.
const ALPN: &[u8] = b"postgresql";

/// A connector for these options.
///
/// # Errors
/// Of kind `Config`: a certificate or key file that is missing, unreadable or malformed.
pub fn connector(options: &TlsOptions) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions(options))
        .map_err(|error| config(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier(options, provider)?);
    let mut tls = match &options.client_cert {
        Some((cert, key)) => builder
            .with_client_auth_cert(certificates(cert, "client certificate")?, private_key(key)?)
            .map_err(|error| {
                config(format!(
                    "client certificate {} with its key: {error}",
                    cert.display()
                ))
            })?,
        None => builder.with_no_client_auth(),
    };
    tls.enable_sni = options.sni;
    tls.alpn_protocols = vec![ALPN.to_vec()];
    Ok(MakeRustlsConnect::new(tls))
}

fn versions(options: &TlsOptions) -> Vec<&'static SupportedProtocolVersion> {
    let mut versions = Vec::new();
    if options.tls13 {
        versions.push(&version::TLS13);
    }
    if options.tls12 {
        versions.push(&version::TLS12);
    }
    versions
}

/// What is checked of the server's certificate.
fn verifier(
    options: &TlsOptions,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    if options.mode < SslMode::VerifyCa {
        let bound = options.channel_binding == ChannelBinding::Require;
        return Ok(Arc::new(verify::Unverified::new(&provider, bound)));
    }
    let RootCert::File(path) = &options.roots else {
        // The host's name is checked in verify-ca too: a public authority certifies anybody.
        let platform = rustls_platform_verifier::Verifier::new(provider)
            .map_err(|error| config(format!("the system's trust store cannot be used: {error}")))?;
        return Ok(Arc::new(platform));
    };
    let pinned = certificates(path, "root certificate file")?;
    let mut roots = RootCertStore::empty();
    for certificate in &pinned {
        roots.add(certificate.clone()).map_err(|error| {
            config(format!("root certificate file {}: {error}", path.display()))
        })?;
    }
    let crls = options
        .crl
        .as_deref()
        .map(revocation_lists)
        .transpose()?
        .unwrap_or_default();
    let inner = rustls::client::WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
        .with_crls(crls)
        .allow_unknown_revocation_status()
        .build()
        .map_err(|error| config(format!("root certificate file {}: {error}", path.display())))?;
    Ok(Arc::new(verify::OwnRoots {
        inner,
        pinned,
        check_name: options.mode == SslMode::VerifyFull,
    }))
}

fn certificates(path: &Path, what: &str) -> Result<Vec<CertificateDer<'static>>> {
    let text = read(path, what)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| config(format!("{what} {}: {error}", path.display())))?;
    if certificates.is_empty() {
        return Err(config(format!(
            "{what} {} has no certificate in it",
            path.display()
        ))
        .hint("a PEM file is needed, with -----BEGIN CERTIFICATE----- lines"));
    }
    Ok(certificates)
}

fn revocation_lists(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>> {
    CertificateRevocationListDer::pem_slice_iter(&read(path, "revocation list")?)
        .collect::<Result<_, _>>()
        .map_err(|error| config(format!("revocation list {}: {error}", path.display())))
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    refuse_open_key(path)?;
    let text = read(path, "private key file")?;
    let encrypted = text.windows(9).any(|window| window == b"ENCRYPTED");
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let error = config(format!("private key file {} has no key in it", path.display()));
        if encrypted {
            error.hint("the key is protected by a passphrase, which is not supported: openssl pkey -in it -out another")
        } else {
            error.hint("a PEM file is needed, with a -----BEGIN PRIVATE KEY----- line")
        }
    })
}

/// A key that others may read is refused, as libpq does; root's may be readable by its group.
#[cfg(unix)]
fn refuse_open_key(path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = std::fs::metadata(path) else {
        return Ok(());
    };
    let allowed = if metadata.uid() == 0 { 0o640 } else { 0o600 };
    if metadata.mode() & 0o777 & !allowed == 0 {
        return Ok(());
    }
    Err(config(format!(
        "private key file {} can be read by others",
        path.display()
    ))
    .hint(format!("chmod 0600 {}", path.display())))
}

#[cfg(not(unix))]
fn refuse_open_key(_: &Path) -> Result<()> {
    Ok(())
}

fn read(path: &Path, what: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| config(format!("{what} {}: {error}", path.display())))
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
}
