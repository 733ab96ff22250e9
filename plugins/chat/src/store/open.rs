//! Opens the database, or makes it; one that cannot be used goes aside.

use super::{MovedAside, StoreError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FILE: &str = "chat.db";
/// What SQLite keeps beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];
const OWNER_ONLY: u32 = 0o600;
/// "bpch": tells a database of chat from others.
const APPLICATION: i32 = 0x6270_6368;
const VERSION: i32 = 1;
const SCHEMA: &str = include_str!("schema.sql");
const STATEMENTS: usize = 128;

/// Why a database is not used.
enum Unfit {
    Newer(i32),
    Damaged(String),
}

pub(super) fn open(dir: &Path, now_ms: u64) -> Result<(Connection, Option<MovedAside>), StoreError> {
    let path = dir.join(FILE);
    let aside = match inspect(&path)? {
        Some(unfit) => Some(move_aside(&path, unfit, now_ms / 1000)?),
        None => None,
    };
    // It holds the keys of rooms, and what was said in them. SQLite gives its files beside the same mode.
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(OWNER_ONLY)
        .open(&path)
        .map_err(|source| StoreError::File { path: path.clone(), source })?;
    let mut connection = Connection::open_with_flags(&path, flags())?;
    configure(&connection)?;
    if version(&connection)? == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
        // An empty file beside a log would be taken for a damage.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok((connection, aside))
}

fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A statement is planned once, not anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // A process that is killed loses nothing that was committed; a machine whose power fails may lose the last second, and no more.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update_and_check(None, "journal_size_limit", 16 * 1024 * 1024, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // What was removed is overwritten, where it costs nothing more.
    connection.pragma_update_and_check(None, "secure_delete", "FAST", |_| Ok(()))?;
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Looks at the database that is there, if there is one, without changing it.
fn inspect(path: &Path) -> Result<Option<Unfit>, StoreError> {
    let file = |source| StoreError::File { path: path.to_owned(), source };
    let log = beside(path, "-wal");
    if length(path).map_err(file)? == 0 {
        // SQLite would throw the log away.
        let left = length(&log).map_err(file)? > 0;
        return Ok(left.then(|| Unfit::Damaged("the file is empty, and its log is not".into())));
    }
    match look(path) {
        Ok(unfit) => Ok(unfit),
        Err(error) if is_damage(&error) => Ok(Some(Unfit::Damaged(error.to_string()))),
        Err(error) => Err(error.into()),
    }
}

fn look(path: &Path) -> rusqlite::Result<Option<Unfit>> {
    let connection = Connection::open_with_flags(path, flags())?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let version = version(&connection)?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION && tables > 0 {
        return Ok(Some(Unfit::Damaged("it is no database of chat".into())));
    }
    if version > VERSION {
        return Ok(Some(Unfit::Newer(version)));
    }
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((check != "ok").then_some(Unfit::Damaged(check)))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn move_aside(path: &Path, unfit: Unfit, unix_seconds: u64) -> Result<MovedAside, StoreError> {
    let (word, why) = match unfit {
        Unfit::Newer(version) => {
            ("newer", format!("it is of version {version}, and this node knows {VERSION}"))
        }
        Unfit::Damaged(why) => ("damaged", why),
    };
    let failed = |source| StoreError::File { path: path.to_owned(), source };
    let to = free_name(path, &format!("{word}-{unix_seconds}")).map_err(failed)?;
    let moves = BESIDE.iter().map(|suffix| (beside(path, suffix), beside(&to, suffix)));
    for (from, to) in moves.chain([(path.to_owned(), to.clone())]) {
        match fs::rename(&from, &to) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            moved => moved.map_err(|source| StoreError::File { path: from, source })?,
        }
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(MovedAside { why, from: path.to_owned(), to })
}

/// A name behind the database's that no file has.
fn free_name(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let mut names = (0..1000).map(|number| match number {
        0 => beside(path, &format!(".{suffix}")),
        _ => beside(path, &format!(".{suffix}.{number}")),
    });
    let free = |name: &PathBuf| [&[""], &BESIDE[..]].concat().iter().all(|more| !beside(name, more).exists());
    names.find(free).ok_or_else(|| io::Error::new(ErrorKind::AlreadyExists, "no name is free to move it to"))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn length(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        metadata => Ok(metadata?.len()),
    }
}
