//! The networks of town halls: proxies, authorities of their own, portals; with real programs.
//!
//! ```text
//!   box ─ https://localhost ─► [proxy] ─► Relay (TLS) ─► line (the plug) ─► booking server
//! ```

mod certificates;
mod figures;
mod portal;
mod proxied;
mod proxies;
mod relay;
mod town;
