-- Moments are seconds since 1970, days are ISO dates, ids of bookings are their 64 bits.

CREATE TABLE offices (
    office   TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    doc      TEXT NOT NULL
) STRICT;

-- Seats that are held: while a form is filled in, while a link is awaited, while a cancelled
-- seat cools down. The end only proposes the release.
CREATE TABLE holds (
    hold    BLOB PRIMARY KEY,
    office  TEXT NOT NULL,
    day     TEXT NOT NULL,
    until   INTEGER NOT NULL,
    booking INTEGER UNIQUE REFERENCES bookings
) STRICT;
CREATE INDEX holds_until ON holds (until);

CREATE TABLE bookings (
    booking   INTEGER PRIMARY KEY,
    office    TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('editing', 'unconfirmed', 'confirmed', 'cancelled', 'lapsed')),
    version   INTEGER NOT NULL DEFAULT 1,
    day       TEXT NOT NULL,
    start     INTEGER NOT NULL,
    length    INTEGER NOT NULL,
    services  TEXT NOT NULL,
    persons   INTEGER NOT NULL,
    language  TEXT NOT NULL,
    browser   BLOB NOT NULL UNIQUE,
    extended  INTEGER NOT NULL DEFAULT 0,
    until     INTEGER NOT NULL,
    submitted INTEGER,
    ended     INTEGER,
    pin       INTEGER,
    hall      TEXT CHECK (hall IN ('arrived', 'called', 'served', 'missed')),
    visit     INTEGER,
    counter   INTEGER
) STRICT;
CREATE INDEX bookings_day ON bookings (office, day, state);
CREATE INDEX bookings_pin ON bookings (office, pin);
CREATE INDEX bookings_ended ON bookings (ended) WHERE ended IS NOT NULL;

-- The only place of personal data. A row that is deleted is overwritten on the disk.
CREATE TABLE contacts (
    booking   INTEGER PRIMARY KEY REFERENCES bookings,
    name      TEXT NOT NULL,
    mail      TEXT NOT NULL,
    folded    TEXT NOT NULL,
    telephone TEXT
) STRICT;
CREATE INDEX contacts_folded ON contacts (folded);

-- Only hashes: nobody who reads this file can open anything.
CREATE TABLE links (
    hash    BLOB PRIMARY KEY,
    opens   TEXT NOT NULL CHECK (opens IN ('link', 'appointment')),
    booking INTEGER NOT NULL REFERENCES bookings
) STRICT, WITHOUT ROWID;
CREATE INDEX links_booking ON links (booking);

CREATE TABLE outbox (
    id      INTEGER PRIMARY KEY,
    booking INTEGER NOT NULL REFERENCES bookings,
    kind    TEXT NOT NULL CHECK (kind IN ('please-confirm', 'remind-confirm', 'confirmed', 'moved', 'cancelled', 'released')),
    version INTEGER NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('due', 'sending', 'sent', 'failed')),
    tries   INTEGER NOT NULL DEFAULT 0,
    queued  INTEGER NOT NULL,
    next    INTEGER NOT NULL,
    sent    INTEGER,
    why     TEXT,
    alarmed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (booking, kind, version)
) STRICT;
CREATE INDEX outbox_next ON outbox (next) WHERE state = 'due';

-- Sealed contacts are looked through for what may no longer be kept.
CREATE INDEX journal_contacts ON journal (office, position) WHERE kind = 'contact';

CREATE TABLE token_keys (
    office TEXT NOT NULL,
    id     INTEGER NOT NULL,
    public TEXT NOT NULL,
    PRIMARY KEY (office, id)
) STRICT;

CREATE TABLE enrolments (
    office  TEXT PRIMARY KEY,
    code    BLOB NOT NULL,
    until   INTEGER NOT NULL,
    tries   INTEGER NOT NULL DEFAULT 0,
    box     TEXT
) STRICT;
