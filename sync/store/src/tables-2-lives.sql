-- Every life of both sides that was ever heard of, and how far it is here. Of a side, the life with
-- the highest rank is the present one; the others are closed.
CREATE TABLE life (
    office TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('booking', 'box')),
    incarnation TEXT NOT NULL CHECK (length(incarnation) = 32),
    number INTEGER NOT NULL CHECK (number >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    rank INTEGER NOT NULL,
    forked INTEGER NOT NULL DEFAULT 0 CHECK (forked IN (0, 1)),
    PRIMARY KEY (office, origin, incarnation),
    UNIQUE (office, origin, rank)
) STRICT, WITHOUT ROWID;

INSERT INTO life (office, origin, incarnation, number, hash, rank)
    SELECT office, origin, incarnation, number, hash, 0 FROM cursor;

DROP TABLE cursor;

-- The key that the other end announced under its present one; both are good until it uses it.
ALTER TABLE peer ADD COLUMN next_key TEXT;

-- Keys of the other end that were good once: who still signs with one was replaced.
CREATE TABLE former_key (
    office TEXT NOT NULL,
    public_key TEXT NOT NULL,
    PRIMARY KEY (office, public_key)
) STRICT, WITHOUT ROWID;
