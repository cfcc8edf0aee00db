//! Single sign-on by OpenID Connect: in a browser, or with a code on another device.
//!
//! - [`provider`]: the provider, as it describes itself, and what it gives
//! - [`browser`]: a login in a browser on this machine: authorization code, PKCE, state and nonce
//! - [`device`]: a login on another device, with a code that is typed there
//! - [`failure`]: why nobody is signed on
//!
//! Below them: `callback` (where the browser comes back to).

pub mod browser;
mod callback;
pub mod device;
pub mod failure;
pub mod provider;
