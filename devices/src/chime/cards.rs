//! Which sound card is meant.

use rodio::cpal::Device;
use rodio::cpal::traits::{DeviceTrait, HostTrait};
use rodio::{CpalError, DeviceSinkError, cpal};

/// Of the many names ALSA has for one card, those that convert to what the card can do come first.
const BEST: [&str; 3] = ["default:", "sysdefault:", "plughw:"];

/// How many names a warning tells; a card has some ten.
const TOLD: usize = 12;

/// No sound card could be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoCard {
    #[error("{0}")]
    Closed(#[from] DeviceSinkError),
    #[error("failed to look for sound cards: {0}")]
    Hidden(#[from] CpalError),
    #[error("there is no sound card {wanted:?}; there are: {found}")]
    Missing { wanted: String, found: String },
}

/// One name the sound system knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    id: String,
    called: String,
}

/// The card of a name: its ALSA name, or a part of what it is called.
pub(super) fn named(wanted: &str) -> Result<Device, NoCard> {
    let devices: Vec<Device> = cpal::default_host().output_devices()?.collect();
    let known: Vec<Known> = devices.iter().map(known).collect();
    match choose(wanted, &known) {
        Some(place) => devices.into_iter().nth(place).ok_or_else(|| missing(wanted, &known)),
        None => Err(missing(wanted, &known)),
    }
}

fn known(device: &Device) -> Known {
    let id = device.id().map(|id| id.id().to_owned()).unwrap_or_default();
    let called = device.description().map(|it| it.name().to_owned()).unwrap_or_default();
    Known { id, called }
}

fn choose(wanted: &str, known: &[Known]) -> Option<usize> {
    if let Some(same) = known.iter().position(|card| card.id == wanted) {
        return Some(same);
    }
    let part = wanted.to_lowercase();
    let fits = |card: &Known| card.called.to_lowercase().contains(&part) || card.id.to_lowercase().contains(&part);
    let rank = |card: &Known| BEST.iter().position(|best| card.id.starts_with(best)).unwrap_or(BEST.len());
    known.iter().enumerate().filter(|(_, card)| fits(card)).min_by_key(|(_, card)| rank(card)).map(|(place, _)| place)
}

fn missing(wanted: &str, known: &[Known]) -> NoCard {
    let names: Vec<&str> = known.iter().map(|card| card.id.as_str()).take(TOLD).collect();
    let found = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    NoCard::Missing { wanted: wanted.to_owned(), found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cards() -> Vec<Known> {
        let card = |id: &str, called: &str| Known { id: id.to_owned(), called: called.to_owned() };
        vec![
            card("hw:CARD=vc4hdmi0,DEV=0", "vc4-hdmi-0, MAI PCM i2s-hifi-0"),
            card("hw:CARD=Device,DEV=0", "USB Audio Device, USB Audio"),
            card("plughw:CARD=Device,DEV=0", "USB Audio Device, USB Audio"),
            card("sysdefault:CARD=Device", "USB Audio Device, USB Audio"),
        ]
    }

    #[test]
    fn a_card_is_found_by_its_name_or_a_part_of_what_it_is_called() {
        assert_eq!(choose("hw:CARD=Device,DEV=0", &cards()), Some(1));
        assert_eq!(choose("usb audio", &cards()), Some(3), "the one that converts");
        assert_eq!(choose("CARD=vc4hdmi0", &cards()), Some(0));
        assert_eq!(choose("headphones", &cards()), None);
    }

    #[test]
    fn a_card_that_is_missing_is_named_with_those_there_are() {
        let told = missing("headphones", &cards()).to_string();
        assert!(told.contains("headphones") && told.contains("plughw:CARD=Device,DEV=0"), "{told}");
        assert!(missing("headphones", &[]).to_string().ends_with("there are: none"));
    }
}
