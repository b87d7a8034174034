//! libpq's password file: `host:port:database:user:password` lines, `*` for any, `\` before `:` and `\`.

use std::path::Path;

/// What a password file says.
#[derive(Default)]
pub struct Passfile {
    lines: Vec<[String; 5]>,
    /// Why the file was not used although it is there.
    pub warning: Option<String>,
}

impl Passfile {
    /// Reads the file. One that is not there has no lines; one that others may read is not used, as libpq does it.
    pub fn read(path: &Path) -> Self {
        let Ok(metadata) = std::fs::metadata(path) else {
            return Self::default();
        };
        if !metadata.is_file() {
            return Self::unused(path, "is not a plain file");
        }
        if readable_by_others(&metadata) {
            return Self::unused(path, "can be read by others (chmod 0600 it)");
        }
        match std::fs::read_to_string(path) {
            Ok(text) => Self {
                lines: text.lines().filter_map(fields).collect(),
                warning: None,
            },
            Err(error) => Self::unused(path, &error.to_string()),
        }
    }

    fn unused(path: &Path, why: &str) -> Self {
        let warning = format!("password file {} was not used: it {why}", path.display());
        Self {
            lines: Vec::new(),
            warning: Some(warning),
        }
    }

    /// The password of the first line that matches. A server behind a socket counts as `localhost`, and as the
    /// socket's directory.
    pub fn find(&self, host: &str, port: u16, dbname: &str, user: &str) -> Option<&str> {
        let port = port.to_string();
        let local = host.starts_with('/');
        self.lines
            .iter()
            .find_map(|[at_host, at_port, at_dbname, at_user, password]| {
                let matches = |field: &str, value: &str| field == "*" || field == value;
                let host = matches(at_host, host) || (local && at_host == "localhost");
                let rest = matches(at_port, &port) && matches(at_dbname, dbname);
                (host && rest && matches(at_user, user) && !password.is_empty())
                    .then_some(password.as_str())
            })
    }
}

/// Five fields, or nothing for a comment or a line that is too short. The password is the rest of the line up to
/// the next unescaped colon.
fn fields(line: &str) -> Option<[String; 5]> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields: [String; 5] = Default::default();
    let mut index = 0;
    let mut chars = line.trim_end_matches('\r').chars();
    while let Some(next) = chars.next() {
        match next {
            '\\' => fields[index].extend(chars.next()),
            ':' if index == 4 => break,
            ':' => index += 1,
            other => fields[index].push(other),
        }
    }
    (index == 4).then_some(fields)
}

#[cfg(unix)]
fn readable_by_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn readable_by_others(_: &std::fs::Metadata) -> bool {
    false
}
