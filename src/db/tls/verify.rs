//! Certificate verifiers for what libpq accepts and a web browser would not.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::{PrintableStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::oid::db::rfc5280::ID_CE_SUBJECT_ALT_NAME;

type Verified = Result<ServerCertVerified, Error>;
type Signature = Result<HandshakeSignatureValid, Error>;

/// `prefer` and `require`: encryption against eavesdroppers, whoever the server is.
#[derive(Debug)]
pub struct Unverified {
    algorithms: WebPkiSupportedAlgorithms,
    /// The login will be tied to the certificate, so the server must have its key.
    bound: bool,
}

impl Unverified {
    /// `bound`: the login will be tied to the certificate.
    pub fn new(provider: &CryptoProvider, bound: bool) -> Self {
        Self {
            algorithms: provider.signature_verification_algorithms,
            bound,
        }
    }

    /// A certificate that cannot be read (X.509 version 1, say) proves nothing, and nothing was to be proved.
    fn unless_unreadable(&self, verified: Signature, cert: &CertificateDer<'_>) -> Signature {
        match verified {
            Err(_) if !self.bound && ParsedCertificate::try_from(cert).is_err() => {
                Ok(HandshakeSignatureValid::assertion())
            }
            other => other,
        }
    }
}

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Verified {
        Ok(ServerCertVerified::assertion())
    }

    // The signature proves that the server has the key of the certificate it shows, which channel binding builds on.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Signature {
        self.unless_unreadable(
            verify_tls12_signature(message, cert, dss, &self.algorithms),
            cert,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Signature {
        self.unless_unreadable(
            verify_tls13_signature(message, cert, dss, &self.algorithms),
            cert,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// `verify-ca` and `verify-full` against a file of trusted certificates.
#[derive(Debug)]
pub struct OwnRoots {
    pub inner: Arc<WebPkiServerVerifier>,
    /// The file's certificates: a server may show one of them itself, being self-signed.
    pub pinned: Vec<CertificateDer<'static>>,
    /// `verify-full`.
    pub check_name: bool,
}

impl OwnRoots {
    /// What to make of a certificate that is valid but for its name.
    fn judge_name(
        &self,
        cert: &CertificateDer<'_>,
        name: &ServerName<'_>,
        error: Error,
    ) -> Verified {
        if !self.check_name || common_name_matches(cert, name) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(error)
    }

    /// A certificate that is in the file itself. Web servers may not use an authority's certificate as their own;
    /// PostgreSQL's manual tells people to.
    fn verify_pinned(
        &self,
        cert: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Verified {
        check_validity(cert, now)?;
        let parsed = ParsedCertificate::try_from(cert)?;
        match verify_server_name(&parsed, name) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(error) => self.judge_name(cert, name, error),
        }
    }
}

impl ServerCertVerifier for OwnRoots {
    fn verify_server_cert(
        &self,
        cert: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Verified {
        match self
            .inner
            .verify_server_cert(cert, intermediates, name, ocsp, now)
        {
            // The name is checked last: everything else was in order.
            Err(
                error @ Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                ),
            ) => self.judge_name(cert, name, error),
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if self
                    .pinned
                    .iter()
                    .any(|pinned| pinned.as_ref() == cert.as_ref()) =>
            {
                self.verify_pinned(cert, name, now)
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Signature {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Signature {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

fn check_validity(cert: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let cert = Certificate::from_der(cert).map_err(|_| CertificateError::BadEncoding)?;
    let validity = cert.tbs_certificate.validity;
    let now = now.as_secs();
    if now < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

/// libpq's fallback for certificates without subjectAltName: the common name counts.
fn common_name_matches(cert: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    let Ok(cert) = Certificate::from_der(cert) else {
        return false;
    };
    let extensions = cert.tbs_certificate.extensions.unwrap_or_default();
    if extensions
        .iter()
        .any(|extension| extension.extn_id == ID_CE_SUBJECT_ALT_NAME)
    {
        return false;
    }
    let host = name.to_str();
    cert.tbs_certificate
        .subject
        .0
        .iter()
        .flat_map(|rdn| rdn.0.iter())
        .any(|attribute| {
            attribute.oid == COMMON_NAME
                && text(&attribute.value).is_some_and(|common| matches_host(common, &host))
        })
}

fn text(value: &x509_cert::der::Any) -> Option<&str> {
    let (utf8, printable) = (
        Utf8StringRef::try_from(value),
        PrintableStringRef::try_from(value),
    );
    utf8.map(|text| text.as_str())
        .or(printable.map(|text| text.as_str()))
        .ok()
}

/// Without regard to case; `*.example.com` matches one label more.
fn matches_host(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((_, rest))) => {
            domain.contains('.') && domain.eq_ignore_ascii_case(rest)
        }
        _ => false,
    }
}
