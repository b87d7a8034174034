//! Variables, sockets, password and service files, certificates.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn variables_fill_in_what_the_string_leaves_open() {
    let vars = [
        ("PGHOST", "vh"),
        ("PGPORT", "7"),
        ("PGDATABASE", "vd"),
        ("PGUSER", "vu"),
        ("PGPASSWORD", "vp"),
        ("PGSSLMODE", "require"),
        ("PGCONNECT_TIMEOUT", "4"),
        ("PGAPPNAME", "va"),
        ("PGOPTIONS", "-c x=y"),
        ("PGTARGETSESSIONATTRS", "primary"),
        ("PGCHANNELBINDING", "disable"),
    ];
    let target = Target::from_environment(&env(&vars)).unwrap();
    assert_eq!(target.to_string(), "postgres://vu@vh:7/vd");
    assert_eq!(password(&target), Some("vp"));
    assert_eq!(target.tls.mode, SslMode::Require);
    assert_eq!(target.tls.channel_binding, ChannelBinding::Disable);
    assert_eq!(target.connect_timeout, Some(Duration::from_secs(4)));
    assert_eq!(
        (target.application_name.as_str(), target.options.as_deref()),
        ("va", Some("-c x=y"))
    );
    assert_eq!(target.session_attrs, SessionAttrs::Primary);

    let target = Target::parse("postgres://u:p@h:1/d?sslmode=disable", &env(&vars)).unwrap();
    assert_eq!(target.to_string(), "postgres://u@h:1/d");
    assert_eq!(
        (password(&target), target.tls.mode),
        (Some("p"), SslMode::Disable)
    );
    // A port without a host's own is the variable's, as in libpq.
    assert_eq!(
        Target::parse("postgres://u@h/d", &env(&vars))
            .unwrap()
            .hosts[0]
            .port,
        7
    );
}

#[test]
fn without_a_host_the_socket_that_exists_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".s.PGSQL.6000"), "").unwrap();
    let mut env = env(&[]);
    env.socket_dirs = vec!["/nonexistent".into(), dir.path().into()];
    let at = |text| Target::parse(text, &env).unwrap().hosts[0].address.clone();
    assert_eq!(at("port=6000"), Address::Unix(dir.path().into()));
    assert_eq!(
        at("port=6001"),
        Address::Tcp {
            name: "localhost".into(),
            ip: None
        }
    );
}

/// A home folder with files in it, and its environment.
fn home(files: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let env = Environment::from_vars([("USER", "me"), ("HOME", dir.path().to_str().unwrap())]);
    (dir, env)
}

const PGPASS: &str = "# a comment\n\
    broken line\n\
    h:5432:d:u:exact\n\
    h:*:*:u:any database\n\
    *:6000:d:*:any host\n\
    localhost:*:d:u:local\n\
    /tmp/x:5432:other:u:that socket\n\
    ::1:5432:d:u:never, colons must be escaped\n\
    \\:\\:1:5432:d:u:six\n\
    e:5432:a\\:b:c\\\\d:es\\:cap\\\\ed:rest is ignored\n";

#[test]
fn the_password_file_gives_the_first_line_that_matches() {
    let (_home, env) = home(&[(".pgpass", PGPASS)]);
    let cases = [
        ("host=h dbname=d user=u", Some("exact")),
        ("host=h dbname=x user=u port=9", Some("any database")),
        ("host=z dbname=d user=x port=6000", Some("any host")),
        ("host=h dbname=d user=x", None),
        ("host=localhost dbname=d user=u", Some("local")),
        ("host=/tmp/y dbname=d user=u", Some("local")),
        ("host=/tmp/x dbname=other user=u", Some("that socket")),
        ("host=::1 dbname=d user=u", Some("six")),
        (r"host=e dbname=a:b user=c\\d", Some(r"es:cap\ed")),
        ("host=h dbname=d user=u password=given", Some("given")),
    ];
    for (text, meaning) in cases {
        let target = Target::parse(text, &env).unwrap();
        assert_eq!(password(&target), meaning, "{text}");
    }
    let both = Target::parse("host=h,z port=5432,6000 dbname=d user=u", &env).unwrap();
    assert_eq!(both.hosts[1].password, Some(Secret::new("any host")));
}

#[test]
fn a_password_file_that_others_can_read_is_not_used_and_that_is_said() {
    let (home, env) = home(&[(".pgpass", PGPASS), ("elsewhere", "*:*:*:*:other\n")]);
    let path = home.path().join(".pgpass");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let target = Target::parse("host=h dbname=d user=u", &env).unwrap();
    assert_eq!(password(&target), None);
    assert!(
        target.warnings[0].contains("chmod 0600"),
        "{:?}",
        target.warnings
    );
    let elsewhere = format!(
        "host=h passfile={}",
        home.path().join("elsewhere").display()
    );
    assert_eq!(
        password(&Target::parse(&elsewhere, &env).unwrap()),
        Some("other")
    );
}

const SERVICES: &str = "# services\n\n[other]\nhost=wrong\n\n[mine]\nhost=sh\nport = 7\nuser=su\npassword=sp\n\
    sslmode=require\n\n[broken]\nhost\n\n[nested]\nservice=mine\n\n[unknown]\nsecret=1\n";

#[test]
fn a_service_goes_before_variables_and_after_the_string() {
    let (_home, mut env) = home(&[(".pg_service.conf", SERVICES)]);
    env.set_default("PGHOST", "vh", "");
    env.set_default("PGDATABASE", "vd", "");
    let target = Target::parse("service=mine", &env).unwrap();
    assert_eq!(target.to_string(), "postgres://su@sh:7/vd");
    assert_eq!(
        (password(&target), target.tls.mode),
        (Some("sp"), SslMode::Require)
    );
    let target = Target::parse("postgres://u@h:1/d?service=mine", &env).unwrap();
    assert_eq!(target.to_string(), "postgres://u@h:1/d");
    env.set_default("PGSERVICE", "mine", "");
    assert_eq!(
        Target::from_environment(&env).unwrap().to_string(),
        "postgres://su@sh:7/vd"
    );
}

#[test]
fn a_service_that_is_unknown_or_broken_is_an_error_with_its_place() {
    let (home, env) = home(&[(".pg_service.conf", SERVICES)]);
    let path = home.path().join(".pg_service.conf");
    let fails = |service: &str| {
        Target::parse(&format!("service={service}"), &env)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(fails("none"), "there is no connection service named none");
    assert_eq!(
        fails("broken"),
        format!(
            "{}:14: a line of a service file is key=value",
            path.display()
        )
    );
    assert_eq!(
        fails("nested"),
        format!(
            "{}:17: a service cannot name another service",
            path.display()
        )
    );
    assert_eq!(
        fails("unknown"),
        format!("unknown parameter secret in {}:20", path.display())
    );
    let gone = Target::parse("service=x servicefile=/nonexistent", &env).unwrap_err();
    assert!(
        gone.to_string().starts_with("service file /nonexistent: "),
        "{gone}"
    );
}

#[test]
fn certificates_in_the_home_folder_are_found() {
    let (home, env) = home(&[
        (".postgresql/root.crt", ""),
        (".postgresql/postgresql.crt", ""),
        (".postgresql/postgresql.key", ""),
    ]);
    let own = |name| home.path().join(".postgresql").join(name);
    let tls = Target::parse("host=h sslmode=require", &env).unwrap().tls;
    assert_eq!(tls.roots, RootCert::File(own("root.crt")));
    assert_eq!(tls.mode, SslMode::VerifyCa);
    assert_eq!(
        tls.client_cert,
        Some((own("postgresql.crt"), own("postgresql.key")))
    );
    let tls = Target::parse("host=h sslcertmode=disable", &env)
        .unwrap()
        .tls;
    assert_eq!(tls.client_cert, None);
}

#[test]
fn child_processes_get_the_same_target_in_variables() {
    let text = "host=h,/tmp port=1,2 user=u dbname=d password=p sslmode=verify-full sslrootcert=/r";
    let vars = parse(text).libpq_environment();
    let again = Target::from_environment(&env(&vars
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect::<Vec<_>>()));
    let again = again.unwrap();
    assert_eq!(again.to_string(), parse(text).to_string());
    assert_eq!(again.hosts, parse(text).hosts);
    assert_eq!(again.tls, parse(text).tls);
}
