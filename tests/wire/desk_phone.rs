//! A simulated phone at a desk, on real sockets of the loopback: what a person does there, and what must follow in time.
//!
//! It has an address of its own, 127.x.y.z, where x and y come of the process's number. Whatever it does not see, hear or
//! show within the patience of a test fails with every message it sent and got. Not here: the phone (`phone`), its sockets
//! (`socket_phone`).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use perch::media::Prompt;
use serde_json::Value;

use crate::client::PATIENCE;
use crate::phone::config::{Account, Key};
use crate::phone::{Ending, KeysBy, Kind, Quirks, SimPhone};
use crate::real_box::RealBox;
use crate::socket_phone::{Rung, SocketPhone};

/// A phone at a desk.
pub struct DeskPhone {
    phone: SocketPhone,
    pub mac: String,
    pub address: IpAddr,
    ladder: Arc<Mutex<Vec<Rung>>>,
}

/// An address of this machine that no other phone has.
pub fn free_address() -> IpAddr {
    static LAST: AtomicU8 = AtomicU8::new(10);
    let [.., high, low] = std::process::id().to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, high.max(1), low, LAST.fetch_add(1, Ordering::Relaxed)))
}

impl DeskPhone {
    /// A phone as it leaves the factory, without current.
    pub fn new(kind: Kind, mac: &str) -> DeskPhone {
        let (address, ladder) = (free_address(), Arc::new(Mutex::new(Vec::new())));
        let phone = SimPhone::new(kind, mac, address, Quirks::default(), 1);
        let mac = phone.mac().to_owned();
        let written = Arc::clone(&ladder);
        let tell = move |rung| written.lock().unwrap_or_else(PoisonError::into_inner).push(rung);
        let phone = SocketPhone::new(kind.model(), phone, tell).expect("a phone has its ports");
        DeskPhone { phone, mac, address, ladder }
    }

    /// Somebody types the address of the box in and plugs it in: it fetches its files from there (C10).
    pub fn boots(&self, real: &RealBox) {
        let url = format!("http://{}/p/", real.http);
        self.does(move |phone, now| {
            phone.types_url(&url);
            phone.never_announces();
            phone.power_on(now);
        });
    }

    /// Does something at the phone, or asks it something.
    pub fn does<A: Send + 'static>(
        &self,
        act: impl FnOnce(&mut SimPhone, Instant) -> A + Send + 'static,
    ) -> A {
        self.phone.does(act)
    }

    /// Waits until it is so.
    #[track_caller]
    pub fn waits(&self, what: &str, so: impl Fn(&SimPhone) -> bool + Send + Clone + 'static) {
        let is_so = self.phone.waits_until(PATIENCE, so);
        assert!(is_so, "{}: not {what}:\n{}", self.phone.name(), self.ladder().join("\n"));
    }

    /// Every message so far, in words.
    pub fn ladder(&self) -> Vec<String> {
        let rungs = self.ladder.lock().unwrap_or_else(PoisonError::into_inner);
        rungs.iter().map(|rung| format!("{} -> {}  {}", rung.from, rung.to, rung.what)).collect()
    }

    /// How many messages of the box said that.
    pub fn told(&self, what: &str) -> usize {
        let rungs = self.ladder.lock().unwrap_or_else(PoisonError::into_inner);
        rungs.iter().filter(|rung| rung.from == "box" && rung.what == what).count()
    }

    #[track_caller]
    pub fn registers(&self, account: &str) {
        let wanted = [account.to_owned()];
        self.waits(&format!("registered as {account}"), move |phone| phone.registered_as() == wanted);
    }

    #[track_caller]
    pub fn shows(&self, screen: &str) {
        assert_eq!(self.does(|phone, _| phone.screen()).as_deref(), Some(screen));
    }

    /// The account of its file.
    pub fn account(&self) -> Account {
        let accounts = self.does(|phone, _| phone.config().map(|config| config.accounts()));
        let [account] = &accounts.expect("it has files")[..] else { panic!("not one account") };
        account.clone()
    }

    pub fn keys_on_display(&self) -> Vec<Key> {
        self.does(|phone, _| phone.keys_on_display())
    }

    pub fn dials(&self, number: &str) {
        let number = number.to_owned();
        self.does(move |phone, now| phone.dials(&number, now));
    }

    /// Keys into the call, by RFC 4733.
    pub fn keys(&self, keys: &str) {
        let keys = keys.to_owned();
        self.does(move |phone, now| phone.keys(&keys, KeysBy::Rfc4733, now));
    }

    /// It has heard that prompt in its newest call.
    #[track_caller]
    pub fn hears(&self, prompt: Prompt) {
        self.waits(&format!("hearing {prompt}"), move |phone| phone.heard_prompts().contains(&prompt));
    }

    /// Its newest call has ended in that way.
    #[track_caller]
    pub fn ends(&self, ending: Ending) {
        self.waits(&format!("over by {ending:?}"), move |phone| phone.ending() == Some(ending));
    }

    /// Once the voice has said that, somebody keys.
    #[track_caller]
    pub fn answers_voice(&self, prompt: Prompt, keys: &str) {
        self.hears(prompt);
        self.keys(keys);
    }

    /// The voice says that and hangs up.
    #[track_caller]
    pub fn is_told(&self, prompt: Prompt) {
        self.hears(prompt);
        self.ends(Ending::HungUpThere);
    }

    /// Pulls its plug.
    pub fn goes_dark(&self) {
        self.does(|phone, _| phone.power_off());
    }

    /// It has current again, and registers what it remembers.
    #[track_caller]
    pub fn comes_back(&self, account: &str) {
        self.does(SimPhone::power_on);
        self.registers(account);
    }

    /// The box has done nothing wrong towards it.
    #[track_caller]
    pub fn is_content(&self) {
        assert_eq!(self.does(|phone, _| phone.complaints().to_vec()), [""; 0]);
    }

    /// The API says that the phone has followed to the end.
    #[track_caller]
    pub fn is_confirmed(&self, real: &RealBox) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let device = real.device(&self.mac);
            if device["stage"] == "confirmed" && device["late"] == false {
                return device;
            }
            assert!(Instant::now() < until, "{device}\n{}", self.ladder().join("\n"));
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}
