-- The tables of version 1. Numbers n are this database's own; ids and keys are what travels.

CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE rooms(
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    key BLOB,
    own BLOB,                              -- of a room of two: the identity here, and the other's
    peer BLOB,
    joined INTEGER NOT NULL,
    floor INTEGER NOT NULL DEFAULT 0,
    depth INTEGER NOT NULL DEFAULT 0,      -- the largest there ever was
    bytes INTEGER NOT NULL DEFAULT 0,
    read_depth INTEGER NOT NULL DEFAULT 0, -- the position up to which it was read
    read_time INTEGER NOT NULL DEFAULT 0,
    read_id BLOB NOT NULL DEFAULT x'',
    topic TEXT NOT NULL DEFAULT '',        -- the last one whose message retention removed
    topic_author INTEGER,
    keep_days INTEGER,                     -- what it keeps, where that is not what every room does
    keep_bytes INTEGER
) STRICT;

CREATE TABLE authors(
    n INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    muted INTEGER NOT NULL DEFAULT 0,
    blocked INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE messages(
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    room INTEGER NOT NULL,
    author INTEGER,                        -- a line of dchat has none
    depth INTEGER NOT NULL,
    time INTEGER NOT NULL,
    received INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    listed INTEGER NOT NULL,               -- whether it has a line of its own in the history
    target BLOB,                           -- the id of the message that it is about
    name TEXT NOT NULL,                    -- name and text as they may be shown
    text TEXT NOT NULL,
    shown TEXT,                            -- what it was edited to
    deleted INTEGER NOT NULL DEFAULT 0,
    referenced INTEGER NOT NULL,           -- whether another has it among its previous ones
    mention INTEGER NOT NULL DEFAULT 0,
    clock INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL,
    envelope BLOB
) STRICT;

-- Reconciliation and retention.
CREATE INDEX by_time ON messages(room, time, id);
-- Pages and counts of what was not read, which look at nothing but this index.
CREATE INDEX by_order ON messages(room, depth, time, id, author, deleted, mention) WHERE listed = 1;
CREATE INDEX heads ON messages(room, depth, time, id) WHERE referenced = 0;
CREATE INDEX topics ON messages(room, depth, time, id) WHERE kind = 5;
-- Edits, deletions and reactions of a message, and answers to it.
CREATE INDEX by_target ON messages(target, room, kind, depth, time, id) WHERE target IS NOT NULL;

-- Of one author's reactions with one emoji the last.
CREATE TABLE reactions(
    target BLOB NOT NULL,
    room INTEGER NOT NULL,
    emoji TEXT NOT NULL,
    author INTEGER NOT NULL,
    given INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    time INTEGER NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY(target, room, emoji, author)
) STRICT, WITHOUT ROWID;

-- Ids that messages refer to as previous and that are not here.
CREATE TABLE waits(
    missing BLOB NOT NULL,
    message INTEGER NOT NULL,
    room INTEGER NOT NULL,
    PRIMARY KEY(missing, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_of ON waits(message);
CREATE INDEX waits_in ON waits(room, missing);

-- Under which names somebody wrote in a room. Names that read alike have the same likeness.
CREATE TABLE people(
    room INTEGER NOT NULL,
    author INTEGER NOT NULL,
    name TEXT NOT NULL,
    likeness TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY(room, author, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_alike ON people(room, likeness, author);
CREATE INDEX people_by_author ON people(author);

-- Up to where somebody says to have read a room.
CREATE TABLE seen(
    room INTEGER NOT NULL,
    author INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    time INTEGER NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY(room, author)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_up_to ON seen(room, depth, time, id, author);
CREATE INDEX seen_by_author ON seen(author);

-- The words of listed messages that were not deleted, as they are shown; the row is the message's n.
CREATE VIRTUAL TABLE words USING fts5(
    text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
