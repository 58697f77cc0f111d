//! Makes what the owner does not say: numbers that were never given before, and secrets.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::config::check::is_easy_to_guess;
use crate::model::{DeviceId, Extension, Fresh, ScreenName, Secret};

/// Letters and digits that nobody takes for one another, for what a person may have to key in.
const CLEAR: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The digits of a secret URL.
const HEX: &[u8] = b"0123456789abcdef";

/// Counts on from what was given, and draws secrets.
pub(super) struct Maker {
    last_device: u32,
    last_screen_name: u16,
    random: ChaCha20Rng,
}

impl Maker {
    pub(super) fn new(fresh: Fresh) -> Self {
        Self {
            last_device: fresh.last_device,
            last_screen_name: fresh.last_screen_name,
            random: ChaCha20Rng::from_seed(fresh.seed),
        }
    }

    /// A device number above all that were given and above `highest`.
    pub(super) fn device_id(&mut self, highest: Option<DeviceId>) -> DeviceId {
        let last = self.last_device.max(highest.map_or(0, |id| id.0));
        self.last_device = last.saturating_add(1);
        DeviceId(self.last_device)
    }

    /// A screen name above all that were given and above `highest`.
    pub(super) fn screen_name(&mut self, highest: Option<ScreenName>) -> ScreenName {
        let last = self.last_screen_name.max(highest.map_or(0, |name| name.0));
        self.last_screen_name = last.saturating_add(1);
        ScreenName(self.last_screen_name)
    }

    /// A digest password for a phone's file, 160 bits and more.
    pub(super) fn sip_password(&mut self) -> Secret {
        self.draw(CLEAR, 28)
    }

    /// A digest password that a person keys into a phone, 110 bits and more.
    pub(super) fn password_by_hand(&mut self) -> Secret {
        self.draw(CLEAR, 20)
    }

    /// The password of a phone's own web page; every maker takes 16 letters and digits.
    pub(super) fn admin_password(&mut self) -> Secret {
        self.draw(CLEAR, 16)
    }

    /// The secret part of a provisioning URL, 128 bits.
    pub(super) fn url_secret(&mut self) -> Secret {
        self.draw(HEX, 32)
    }

    /// A PIN of four digits that keeps the rules.
    pub(super) fn pin(&mut self, extension: &Extension) -> Secret {
        let is_id = |pin: &Secret| extension.hotdesk_id.as_ref().is_some_and(|id| pin.is(id.as_str()));
        loop {
            let pin = self.draw(b"0123456789", 4);
            // At most 32 of 10,000 are refused, so this ends.
            if !is_easy_to_guess(pin.expose()) && !pin.is(extension.number.digits()) && !is_id(&pin) {
                return pin;
            }
        }
    }

    fn draw(&mut self, letters: &[u8], length: usize) -> Secret {
        let mut letter = || char::from(letters[self.random.random_range(0..letters.len())]);
        Secret::new((0..length).map(|_| letter()).collect::<String>())
    }
}
