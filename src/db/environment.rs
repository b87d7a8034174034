//! What the process was given besides its arguments, as data: so that everything which depends on it can be tested.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where servers put their sockets: Debian and Red Hat, then PostgreSQL's own default.
const SOCKET_DIRS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// Environment variables, the home directory, the operating system's user.
#[derive(Clone, Default)]
pub struct Environment {
    vars: BTreeMap<String, String>,
    /// The file of each variable that came from one.
    origins: BTreeMap<String, String>,
    /// Where `.pgpass`, `.pg_service.conf` and `.postgresql/` are looked for.
    pub home: Option<PathBuf>,
    /// PostgreSQL's default user name.
    pub os_user: Option<String>,
    /// Directories searched for a server's socket when no host is given.
    pub socket_dirs: Vec<PathBuf>,
}

impl Environment {
    /// That of this process. A variable that is not UTF-8 is as good as absent.
    pub fn from_process() -> Self {
        Self {
            // A value that is no UTF-8 is kept as good as it can be, so that it is refused where it is used instead of
            // being taken for absent.
            vars: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((
                        name.into_string().ok()?,
                        value.to_string_lossy().into_owned(),
                    ))
                })
                .collect(),
            origins: BTreeMap::new(),
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            os_user: whoami::username().ok(),
            socket_dirs: SOCKET_DIRS.iter().map(PathBuf::from).collect(),
        }
    }

    /// An environment of these variables only; `HOME` and `USER` count as what they usually are.
    pub fn from_vars<K: Into<String>, V: Into<String>>(
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let vars: BTreeMap<String, String> = vars
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self {
            home: vars.get("HOME").map(PathBuf::from),
            os_user: vars.get("USER").cloned(),
            socket_dirs: Vec::new(),
            origins: BTreeMap::new(),
            vars,
        }
    }

    /// A variable's value; an empty one counts as absent, as it does for libpq.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Sets a variable that is not set yet: what the process was given goes before what a file says.
    pub fn set_default(&mut self, name: impl Into<String>, value: impl Into<String>, file: &str) {
        let name = name.into();
        if self.get(&name).is_none() {
            self.vars.insert(name.clone(), value.into());
            self.origins.insert(name, file.to_owned());
        }
    }

    /// The file that a variable came from; nothing where the process was given it.
    pub fn origin(&self, name: &str) -> Option<&str> {
        self.origins.get(name).map(String::as_str)
    }
}

impl std::fmt::Debug for Environment {
    /// Names only: a value may be a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("vars", &self.vars.keys().collect::<Vec<_>>())
            .field("home", &self.home)
            .field("os_user", &self.os_user)
            .finish()
    }
}
