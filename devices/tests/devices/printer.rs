//! Slips of paper, through the room's own handle to a double of a printer.

use devices::printer::{Paper, Part, Printed, PrinterConfig, PrinterPlace, Slip};
use devices::{DevicesConfig, Sensed};

use crate::paper::{Double, NO_PAPER, READY};
use crate::world::{World, config};

#[tokio::test]
async fn a_slip_comes_out_line_by_line() {
    let (double, mut world) = on_network(Paper::Mm80).await;
    world.devices.print(Slip { id: "2026-02-03 A 042".to_owned(), parts: parts() });
    assert_eq!(fate(&mut world).await, ("2026-02-03 A 042".to_owned(), Printed::Done));
    assert_eq!(
        double.slips(),
        [
            "*Bürgerbüro Musterland",
            "Ihre Wartenummer",
            "8x A 042",
            "Dienstag, 3. Februar, 9:41 Uhr",
            "Bitte warten Sie im Wartebereich. Ihre Nummer",
            "erscheint auf der Tafel - Gebühr 37,00 €.",
            "",
            "QR(6) HTTPS://TERMINE.EXAMPLE/T/0123",
            "",
            "",
            "-- cut --"
        ]
    );
}

#[tokio::test]
async fn a_narrow_roll_has_shorter_lines_and_smaller_letters() {
    let (double, mut world) = on_network(Paper::Mm58).await;
    world.devices.print(Slip { id: "a".to_owned(), parts: parts() });
    assert_eq!(fate(&mut world).await.1, Printed::Done);
    let slips = double.slips();
    assert!(slips.contains(&"6x A 042".to_owned()), "{slips:?}");
    assert!(slips.iter().all(|line| line.chars().count() <= 32 || line.starts_with("QR")), "{slips:?}");
}

#[tokio::test]
async fn the_same_slip_is_printed_once() {
    let (double, mut world) = on_network(Paper::Mm80).await;
    for _again in 0..3 {
        world.devices.print(slip("a"));
        assert_eq!(fate(&mut world).await, ("a".to_owned(), Printed::Done));
    }
    assert_eq!(count(&double, "a"), 1);
}

#[tokio::test]
async fn without_paper_nothing_is_sent_and_staff_are_told_until_there_is_some() {
    let (double, mut world) = on_network(Paper::Mm80).await;
    double.mood.send_modify(|mood| mood.state = NO_PAPER);
    assert!(detail(&mut world, "printer").await.contains("no paper"));
    world.devices.print(slip("a"));
    assert_eq!(fate(&mut world).await.1, Printed::Not);
    double.mood.send_modify(|mood| mood.state = READY);
    world.health("printer", true).await;
    world.devices.print(slip("a"));
    assert_eq!(fate(&mut world).await.1, Printed::Done, "nothing of it was sent before");
    assert_eq!(count(&double, "a"), 1);
}

#[tokio::test]
async fn an_open_cover_is_named_as_such() {
    let (double, mut world) = on_network(Paper::Mm80).await;
    double.mood.send_modify(|mood| mood.state = [0x1e, 0x16, 0x12, 0x12]);
    assert!(detail(&mut world, "printer").await.contains("cover"));
}

#[tokio::test]
async fn a_knife_that_is_stuck_is_named_as_such() {
    let (double, mut world) = on_network(Paper::Mm80).await;
    double.mood.send_modify(|mood| mood.state = [0x1e, 0x52, 0x1a, 0x12]);
    assert!(detail(&mut world, "printer").await.contains("knife"));
}

#[tokio::test]
async fn a_roll_near_its_end_prints_and_is_told() {
    let (double, mut world) = on_network(Paper::Mm80).await;
    double.mood.send_modify(|mood| mood.state[3] = 0x1e);
    assert!(detail(&mut world, "printer-paper").await.contains("nearly at its end"));
    world.devices.print(slip("a"));
    assert_eq!(fate(&mut world).await.1, Printed::Done);
}

#[tokio::test]
async fn a_slip_that_was_cut_off_is_never_printed_again_and_staff_are_told() {
    let (double, mut world) = on_network(Paper::Mm80).await;
    double.mood.send_modify(|mood| mood.cut_after = Some(14));
    world.devices.print(slip("a"));
    assert_eq!(fate(&mut world).await, ("a".to_owned(), Printed::Unsure));
    assert!(detail(&mut world, "printer-slip").await.contains("not printed again"));
    double.mood.send_modify(|mood| mood.cut_after = None);
    world.health("printer", true).await;
    double.cleared().await;
    world.devices.print(slip("a"));
    assert_eq!(fate(&mut world).await, ("a".to_owned(), Printed::Unsure), "as it was answered before");
    assert_eq!(count(&double, "a"), 0, "only its first bytes were sent");
    world.devices.print(slip("b"));
    assert_eq!(fate(&mut world).await, ("b".to_owned(), Printed::Done));
    world.health("printer-slip", true).await;
}

#[tokio::test]
async fn an_answer_that_was_lost_is_no_second_slip() {
    let (double, mut world) = on_network(Paper::Mm80).await;
    double.mood.send_modify(|mood| mood.at_end = None);
    world.devices.print(slip("a"));
    // All of it is on paper; the line breaks before the printer says so.
    double.mood.send_modify(|mood| mood.cut_after = Some(0));
    assert_eq!(fate(&mut world).await.1, Printed::Unsure);
    double.mood.send_modify(|mood| (mood.cut_after, mood.at_end) = (None, Some(0)));
    world.health("printer", true).await;
    world.devices.print(slip("a"));
    assert_eq!(fate(&mut world).await.1, Printed::Unsure);
    assert_eq!(count(&double, "a"), 1);
}

#[tokio::test]
async fn a_slow_printer_is_waited_for_and_paper_that_ends_in_a_slip_is_told() {
    let (double, mut world) = on_network(Paper::Mm80).await;
    double.mood.send_modify(|mood| mood.at_end = None);
    world.devices.print(slip("a"));
    double.mood.send_modify(|mood| mood.at_end = Some(0x03));
    assert_eq!(fate(&mut world).await.1, Printed::Done, "near its end is enough");
    double.mood.send_modify(|mood| mood.at_end = Some(0x0f));
    world.devices.print(slip("b"));
    assert_eq!(fate(&mut world).await.1, Printed::Unsure);
    world.health("printer-slip", false).await;
}

#[tokio::test]
async fn every_slip_is_answered_once_also_when_too_many_come() {
    let (_double, mut world) = on_network(Paper::Mm80).await;
    let ids: Vec<String> = (0..40).map(|number| format!("{number:02}")).collect();
    ids.iter().for_each(|id| world.devices.print(slip(id)));
    let mut answered = Vec::new();
    for _each in &ids {
        answered.push(fate(&mut world).await.0);
    }
    answered.sort_unstable();
    assert_eq!(answered, ids);
}

#[tokio::test]
async fn a_printer_at_a_usb_node_is_found_lost_and_found_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = folder.path().join("lp0");
    let place = PrinterPlace::Node(node.clone());
    let mut world = World::with(with_printer(place, Paper::Mm80)).await;
    assert!(detail(&mut world, "printer").await.contains("lp0"));
    world.devices.print(slip("a"));
    assert_eq!(fate(&mut world).await, ("a".to_owned(), Printed::Not), "nobody waits for a printer that is away");

    let double = Double::new();
    let plugged = double.plug_in(&node);
    world.health("printer", true).await;
    world.devices.print(slip("b"));
    assert_eq!(fate(&mut world).await, ("b".to_owned(), Printed::Done));
    drop(plugged);
    world.health("printer", false).await;
    let _again = double.plug_in(&node);
    world.health("printer", true).await;
    world.devices.print(slip("c"));
    assert_eq!(fate(&mut world).await, ("c".to_owned(), Printed::Done));
    assert_eq!((count(&double, "a"), count(&double, "b"), count(&double, "c")), (0, 1, 1));
}

#[tokio::test]
async fn a_house_without_a_printer_answers_all_the_same() {
    let mut world = World::with(config(Vec::new())).await;
    world.devices.print(slip("a"));
    assert_eq!(fate(&mut world).await, ("a".to_owned(), Printed::Not));
}

async fn on_network(paper: Paper) -> (Double, World) {
    let double = Double::new();
    let place = PrinterPlace::Network(double.on_network().await);
    let mut world = World::with(with_printer(place, paper)).await;
    world.health("printer", true).await;
    (double, world)
}

fn with_printer(place: PrinterPlace, paper: Paper) -> DevicesConfig {
    DevicesConfig { printer: Some(PrinterConfig { place, paper }), ..config(Vec::new()) }
}

/// What became of the next slip.
async fn fate(world: &mut World) -> (String, Printed) {
    let printed = |sensed| if let Sensed::Printed { slip, outcome } = sensed { Some((slip, outcome)) } else { None };
    world.wait(printed).await
}

/// What is told of a part that does not work.
async fn detail(world: &mut World, part: &str) -> String {
    let told = |sensed| if let Sensed::Health(health) = sensed { Some(health) } else { None };
    world.wait(|sensed| told(sensed).filter(|health| health.part == part && !health.works)).await.detail
}

/// How often a slip is on the paper.
fn count(double: &Double, id: &str) -> usize {
    double.slips().iter().filter(|line| **line == format!("Slip {id}")).count()
}

fn slip(id: &str) -> Slip {
    Slip { id: id.to_owned(), parts: vec![Part::Line(format!("Slip {id}")), Part::Gap] }
}

fn parts() -> Vec<Part> {
    vec![
        Part::Strong("Bürgerbüro Musterland".to_owned()),
        Part::Line("Ihre Wartenummer".to_owned()),
        Part::Huge("A 042".to_owned()),
        Part::Line("Dienstag, 3. Februar, 9:41 Uhr".to_owned()),
        Part::Line(
            "Bitte warten Sie im Wartebereich. Ihre Nummer erscheint auf der Tafel – Gebühr 37,00 €.".to_owned(),
        ),
        Part::Gap,
        Part::Code("HTTPS://TERMINE.EXAMPLE/T/0123".to_owned()),
    ]
}
