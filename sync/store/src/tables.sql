-- The journal. This row format is final: what is written today is read for years.
-- `position` is the local commit order over both origins; everything else is the wire's.
CREATE TABLE journal (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    office TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('booking', 'box')),
    incarnation TEXT NOT NULL CHECK (length(incarnation) = 32),
    number INTEGER NOT NULL CHECK (number >= 1),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    schema INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    UNIQUE (office, origin, incarnation, number)
) STRICT;

CREATE INDEX journal_by_office ON journal (office, position);

-- The content stands apart, so that it can be erased while the chain survives.
CREATE TABLE journal_content (
    position INTEGER PRIMARY KEY REFERENCES journal (position),
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    body TEXT NOT NULL
) STRICT;

CREATE TRIGGER journal_never_updated BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'facts are never updated');
END;

CREATE TRIGGER journal_never_deleted BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'facts are never deleted');
END;

CREATE TRIGGER journal_content_never_updated BEFORE UPDATE ON journal_content
BEGIN
    SELECT RAISE(ABORT, 'facts are never updated');
END;

-- What we have of each side: our own head, and how far we applied the peer.
CREATE TABLE cursor (
    office TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('booking', 'box')),
    incarnation TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (office, origin)
) STRICT, WITHOUT ROWID;

-- The other end of the line of one office, since enrolment.
CREATE TABLE peer (
    office TEXT PRIMARY KEY,
    side TEXT NOT NULL CHECK (side IN ('booking', 'box')),
    public_key TEXT NOT NULL,
    nonce TEXT NOT NULL,
    acked INTEGER NOT NULL DEFAULT 0 CHECK (acked >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE kv (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
