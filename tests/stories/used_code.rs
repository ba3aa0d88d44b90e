//! The code is used once: the box tells that it was, and works on when it is gone from its file.

use std::fs;

use anyhow::{Result, ensure};
use fixture::{Citizen, ImaginaryOffice, Papers};
use sha2::{Digest, Sha256};

use crate::poke::expected;
use crate::told::{booked, signed_in};

#[tokio::test(flavor = "multi_thread")]
async fn the_used_code_is_told_as_its_hash_and_the_box_works_without_it() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", "first@example.org");
    booked(&office, &citizen).await?;
    expected(&office, &signed_in(&office).await?, 1).await?;
    let file = office.places.appliance_file();
    let text = fs::read_to_string(&file)?;
    let code = text.parse::<toml::Table>()?["booking"]["code"].as_str().unwrap_or_default().to_owned();
    let told = fs::read_to_string(office.places.appliance_data().join("enrolled"))?;
    let hash: String = Sha256::digest(&code).iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(!code.is_empty() && told.trim() == hash, "{code}: {told}");

    office.power_off().await?;
    fs::write(&file, text.replace(&code, ""))?;
    fs::remove_file(office.places.appliance_data().join("enrolled"))?;
    office.switch_on().await?;
    let citizen = Citizen::new(&office.site("/musterland"), "Max Beispiel", "second@example.org");
    booked(&office, &citizen).await?;
    expected(&office, &signed_in(&office).await?, 2).await?;
    ensure!(!office.places.appliance_data().join("enrolled").exists(), "no code, nothing to tell");
    office.close().await
}
