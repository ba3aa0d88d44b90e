-- The seats and PIN blocks of this side, one office beside the other (`protocol::seats`).

CREATE TABLE seat_sheets (
    office TEXT NOT NULL,
    day    TEXT NOT NULL,
    sheet  TEXT NOT NULL,
    PRIMARY KEY (office, day)
) STRICT;

CREATE TABLE seat_blocks (
    office     TEXT NOT NULL,
    block      INTEGER NOT NULL,
    holder     TEXT NOT NULL CHECK (holder IN ('booking', 'box')),
    generation INTEGER NOT NULL,
    used       INTEGER NOT NULL,
    PRIMARY KEY (office, block)
) STRICT;
