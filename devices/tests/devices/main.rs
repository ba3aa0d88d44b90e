//! The room as a whole: real broker process, real MQTT clients through the real gate, real FIFOs, a
//! real sound system that writes into a file.

mod broker;
mod desks;
mod inputs;
mod paper;
mod printer;
mod siege;
mod sound;
mod world;
