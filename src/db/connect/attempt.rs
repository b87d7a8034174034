//! One attempt on one address: encrypted or not, in the order that `sslmode` wants.

use super::failure::Failure;
use crate::Result;
use crate::db::session::{Cancel, Session};
use crate::db::target::{Address, ChannelBinding, HostSpec, SessionAttrs, SslMode, Target};
use crate::db::tls;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::config::{self, SslNegotiation};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a cancel request may take to be delivered.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// What all attempts have in common.
pub struct Connector<'a> {
    pub target: &'a Target,
    /// Absent where no attempt can be encrypted.
    tls: Option<MakeRustlsConnect>,
}

impl<'a> Connector<'a> {
    /// Reads certificates, once.
    pub fn new(target: &'a Target) -> Result<Self> {
        let tcp = target
            .hosts
            .iter()
            .any(|host| matches!(host.address, Address::Tcp { .. }));
        let wanted = tcp && target.tls.mode != SslMode::Disable;
        let tls = wanted.then(|| tls::connector(&target.tls)).transpose()?;
        Ok(Self { target, tls })
    }

    /// Connects to one address and asks whether the server is of the wanted kind.
    pub async fn attempt(
        &self,
        host: &HostSpec,
        ip: Option<IpAddr>,
        attrs: SessionAttrs,
    ) -> Result<Session, Failure> {
        let session = self.by_mode(host, ip).await?;
        match wrong_kind(&session, attrs).await {
            Ok(None) => Ok(session),
            Ok(Some(reason)) => {
                session.close().await;
                Err(Failure::wrong_kind(host, ip, reason))
            }
            Err(error) => Err(Failure::login(host, ip, error)),
        }
    }

    /// `sslmode` says what is tried first, and whether something else is tried after it.
    async fn by_mode(&self, host: &HostSpec, ip: Option<IpAddr>) -> Result<Session, Failure> {
        let tls = match &self.tls {
            // libpq ignores sslmode on a socket, too: nobody can listen there.
            Some(tls) if ip.is_some() => tls,
            _ => return self.once(host, ip, config::SslMode::Disable, NoTls).await,
        };
        let plain = || self.once(host, ip, config::SslMode::Disable, NoTls);
        let encrypted = |mode| self.once(host, ip, mode, tls.clone());
        match self.target.tls.mode {
            SslMode::Disable => plain().await,
            SslMode::Allow => match plain().await {
                Err(first) if first.is_refused_unencrypted() => {
                    let second = encrypted(config::SslMode::Require).await;
                    second.map_err(|second| Failure::and_then(Some(first), second))
                }
                other => other,
            },
            SslMode::Prefer => match encrypted(config::SslMode::Prefer).await {
                Err(first) if first.is_refused_encrypted() => plain()
                    .await
                    .map_err(|second| Failure::and_then(Some(first), second)),
                other => other,
            },
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                encrypted(config::SslMode::Require).await
            }
        }
    }

    async fn once<T>(
        &self,
        host: &HostSpec,
        ip: Option<IpAddr>,
        mode: config::SslMode,
        tls: T,
    ) -> Result<Session, Failure>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + 'static,
        T::TlsConnect: Send,
        <T::TlsConnect as tokio_postgres::tls::TlsConnect<Socket>>::Future: Send,
    {
        let config = self.config(host, ip, mode);
        let connecting = config.connect(tls.clone());
        let connected = match self.target.connect_timeout {
            Some(limit) => timeout(limit, connecting)
                .await
                .map_err(|_| Failure::timed_out_at(host, ip, limit))?,
            None => connecting.await,
        };
        let (client, connection) = connected.map_err(|error| Failure::login(host, ip, error))?;
        let cancel = cancel(&client, tls);
        Ok(Session::start(client, connection, Some(cancel)))
    }

    fn config(&self, host: &HostSpec, ip: Option<IpAddr>, mode: config::SslMode) -> Config {
        let target = self.target;
        let mut config = Config::new();
        match &host.address {
            Address::Tcp { name, .. } => config.host(name),
            Address::Unix(dir) => config.host_path(dir),
        };
        if let Some(ip) = ip {
            config.hostaddr(ip);
        }
        config
            .port(host.port)
            .user(&target.user)
            .dbname(&target.dbname);
        config
            .application_name(&target.application_name)
            .ssl_mode(mode);
        if let Some(password) = &host.password {
            config.password(password.expose());
        }
        if let Some(options) = &target.options {
            config.options(options);
        }
        if target.tls.direct && mode == config::SslMode::Require {
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        config.channel_binding(match target.tls.channel_binding {
            ChannelBinding::Disable => config::ChannelBinding::Disable,
            ChannelBinding::Prefer => config::ChannelBinding::Prefer,
            ChannelBinding::Require => config::ChannelBinding::Require,
        });
        self.socket_options(&mut config);
        config
    }

    fn socket_options(&self, config: &mut Config) {
        let keepalive = self.target.keepalive;
        config.keepalives(keepalive.on);
        if let Some(idle) = keepalive.idle {
            config.keepalives_idle(idle);
        }
        if let Some(interval) = keepalive.interval {
            config.keepalives_interval(interval);
        }
        if let Some(count) = keepalive.count {
            config.keepalives_retries(count);
        }
        if let Some(timeout) = self.target.tcp_user_timeout {
            config.tcp_user_timeout(timeout);
        }
    }
}

/// A cancel request goes over a connection of its own, encrypted like the first one.
fn cancel<T>(client: &Client, tls: T) -> Cancel
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send,
    T::TlsConnect: Send,
    <T::TlsConnect as tokio_postgres::tls::TlsConnect<Socket>>::Future: Send,
{
    let token = client.cancel_token();
    Arc::new(move || {
        let (token, tls) = (token.clone(), tls.clone());
        Box::pin(async move {
            // The server does not say whether it worked, so neither do we.
            let _ = timeout(CANCEL_TIMEOUT, token.cancel_query(tls)).await;
        })
    })
}

/// Why this server is not of the wanted kind, if it is not.
async fn wrong_kind(
    session: &Session,
    attrs: SessionAttrs,
) -> Result<Option<&'static str>, tokio_postgres::Error> {
    if attrs == SessionAttrs::Any {
        return Ok(None);
    }
    let (standby, read_only) = match session.greeting().replication_role() {
        Some(known) => known,
        None => {
            let sql = "select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'";
            let rows = session.client.query_typed(sql, &[]).await?;
            rows.first()
                .map_or((false, false), |row| (row.get(0), row.get(1)))
        }
    };
    Ok(match attrs {
        SessionAttrs::ReadWrite if standby || read_only => Some("it is read-only"),
        SessionAttrs::ReadOnly if !standby && !read_only => Some("it is not read-only"),
        SessionAttrs::Primary if standby => Some("it is a standby"),
        SessionAttrs::Standby if !standby => Some("it is not a standby"),
        _ => None,
    })
}
