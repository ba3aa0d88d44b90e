//! How much may happen in one exploration.

/// The bounds of one exploration: within them everything is tried, in every order.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    /// What the report calls it.
    pub name: &'static str,
    /// The seats that are sold: lane and interval. All other seats of the day are there, unsold.
    pub seats: &'static [(u8, u8)],
    /// Lanes below this number are the booking server's when the day is minted.
    pub booking_lanes: u8,
    /// Intervals of the longest booking.
    pub longest: u8,
    /// Bookings, both sides together.
    pub bookings: u8,
    /// Gives of each seat.
    pub gives: u8,
    /// Restores of the booking server and of the box.
    pub restores: [u8; 2],
    /// Bookings that are cancelled.
    pub cancels: u8,
    /// Whether seats are taken out of the day.
    pub retire: bool,
    /// Whether the peers' cursors are followed: then an echo proves only what the peer has heard.
    /// Otherwise it may have heard everything at any moment, which allows more.
    pub cursors: bool,
}

/// Opens the lanes of the model; seats count from here.
pub(crate) const FIRST: u8 = 48;

const ONE: &[(u8, u8)] = &[(0, FIRST)];
const TWO_LANES: &[(u8, u8)] = &[(0, FIRST), (1, FIRST)];
const TWO_INTERVALS: &[(u8, u8)] = &[(0, FIRST), (0, FIRST + 1)];

const SMALL: Bounds = Bounds {
    name: "small",
    seats: ONE,
    booking_lanes: 1,
    longest: 1,
    bookings: 2,
    gives: 2,
    restores: [1, 1],
    cancels: 1,
    retire: true,
    cursors: true,
};

/// What every test run explores: seconds.
pub(crate) fn small() -> [Bounds; 3] {
    [
        Bounds { name: "one seat", ..SMALL },
        Bounds { name: "two lanes", seats: TWO_LANES, gives: 1, restores: [1, 0], retire: false, ..SMALL },
        Bounds {
            name: "two intervals",
            seats: TWO_INTERVALS,
            longest: 2,
            gives: 1,
            restores: [0, 1],
            retire: false,
            ..SMALL
        },
    ]
}

/// What the proof explores: minutes.
pub(crate) fn full() -> [Bounds; 4] {
    [
        Bounds { name: "2 seats, 2 bookings, 2 gives, 1+1 restores, 1 cancel", seats: TWO_LANES, ..SMALL },
        Bounds {
            name: "1 seat, 3 bookings, 3 gives, 2+1 restores, 2 cancels",
            bookings: 3,
            gives: 3,
            restores: [2, 1],
            cancels: 2,
            ..SMALL
        },
        Bounds {
            name: "2 intervals of a lane, bookings of 1 or 2, else as the first",
            seats: TWO_INTERVALS,
            longest: 2,
            ..SMALL
        },
        Bounds {
            name: "2 seats, 3 bookings, 2 gives, 1+1 restores, 2 cancels",
            seats: TWO_LANES,
            bookings: 3,
            cancels: 2,
            ..SMALL
        },
    ]
}

/// Where each rule is left out: as small as the story allows, the widest last.
pub(crate) fn for_rules() -> [Bounds; 2] {
    let one = Bounds { name: "one seat", bookings: 3, ..SMALL };
    [one, Bounds { name: "two lanes", seats: TWO_LANES, gives: 1, retire: false, ..SMALL }]
}
