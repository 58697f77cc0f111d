//! The office all wire tests share, and the runner of a table of cases.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::client::{Account, Phone};
use crate::real_box::RealBox;

/// A running box with many lines, which are given out one by one, so that no case disturbs another.
pub struct House {
    pub real: RealBox,
    next_line: AtomicU32,
    next_pair: AtomicU32,
    next_desk: AtomicU32,
}

/// One line of the checklist: its id, what must come back, and the trial of it.
pub type Case = (&'static str, &'static str, fn(&House));

/// Of everybody who may log in; one digit comes twice in a row.
pub const PIN: &str = "4117";

const LINES: u32 = 110;
const PAIRS: u32 = 12;
const DESKS: u32 = 40;

/// The words in which each device's password is made.
fn password(user: &str) -> String {
    format!("the-password-of-{user}")
}

impl House {
    pub fn open() -> House {
        House {
            real: RealBox::with(&office()),
            next_line: AtomicU32::new(0),
            next_pair: AtomicU32::new(0),
            next_desk: AtomicU32::new(0),
        }
    }

    fn account(number: String, user: String) -> Account {
        Account { number, password: password(&user), user }
    }

    /// An extension with one phone, used by nobody else.
    pub fn line(&self) -> Account {
        let n = self.next_line.fetch_add(1, Ordering::Relaxed);
        assert!(n < LINES, "the office has no more lines");
        House::account((2000 + n).to_string(), (2000 + n).to_string())
    }

    /// The two phones of an extension, used by nobody else.
    pub fn pair(&self) -> [Account; 2] {
        let n = self.next_pair.fetch_add(1, Ordering::Relaxed);
        assert!(n < PAIRS, "the office has no more pairs");
        let number = 3000 + n;
        [format!("{number}"), format!("{number}b")].map(|user| House::account(number.to_string(), user))
    }

    /// An idle hot-desk phone and the number of an extension for it, used by nobody else; its PIN is [`PIN`].
    pub fn desk(&self) -> (Account, String) {
        let n = self.next_desk.fetch_add(1, Ordering::Relaxed);
        assert!(n < DESKS, "the office has no more desks");
        let user = format!("desk{n}");
        (House::account(user.clone(), user), (4000 + n).to_string())
    }

    pub fn phone(&self) -> Phone {
        Phone::udp(self.real.sip, self.line())
    }

    pub fn registered(&self) -> Phone {
        let mut phone = self.phone();
        phone.register();
        phone
    }

    /// A stranger, who asks whether the box still answers.
    pub fn is_alive(&self) {
        let nobody = Account { number: "nobody".into(), user: "nobody".into(), password: "none".into() };
        Phone::udp(self.real.sip, nobody).settle();
    }

    /// Tries every case, all at once, and names those that fail.
    pub fn try_all(&self, cases: &[Case]) {
        let failed: Vec<_> = std::thread::scope(|scope| {
            let start = |case: &Case| {
                let (id, what, trial) = *case;
                let tried = move || catch_unwind(AssertUnwindSafe(|| trial(self))).is_ok();
                let thread = std::thread::Builder::new().name(id.to_owned());
                (id, what, thread.spawn_scoped(scope, tried).expect("a thread"))
            };
            let running: Vec<_> = cases.iter().map(start).collect();
            let outcome = |(id, what, thread): (_, _, std::thread::ScopedJoinHandle<'_, bool>)| {
                (!thread.join().unwrap_or(false)).then(|| format!("{id}: {what}"))
            };
            running.into_iter().filter_map(outcome).collect()
        });
        self.is_alive();
        assert!(failed.is_empty(), "{} of {} fail:\n{}", failed.len(), cases.len(), failed.join("\n"));
    }
}

fn office() -> String {
    let mut office = String::from(
        "[office]\nname = \"Wire\"\ncountry = \"IT\"\nlanguage = \"en\"\ntimezone = \"Europe/Rome\"\n",
    );
    let device = |name: &str, owner: &str, user: &str| {
        format!(
            "[[device]]\nname = \"{name}\"\nmodel = \"generic\"\n{owner}\nsip_user = \"{user}\"\nsip_password = \"{}\"\n",
            password(user)
        )
    };
    for n in 0..LINES {
        let number = (2000 + n).to_string();
        office.push_str(&format!("[[extension]]\nnumber = \"{number}\"\nname = \"Line {number}\"\n"));
        office.push_str(&device(&format!("Phone-{number}"), &format!("extension = \"{number}\""), &number));
    }
    for n in 0..PAIRS {
        let number = (3000 + n).to_string();
        office.push_str(&format!("[[extension]]\nnumber = \"{number}\"\nname = \"Pair {number}\"\n"));
        for user in [number.clone(), format!("{number}b")] {
            office.push_str(&device(&format!("Phone-{user}"), &format!("extension = \"{number}\""), &user));
        }
    }
    for n in 0..DESKS {
        let number = (4000 + n).to_string();
        office.push_str(&format!(
            "[[extension]]\nnumber = \"{number}\"\nname = \"User {number}\"\nhotdesk = true\npin = \"{PIN}\"\n"
        ));
        office.push_str(&device(&format!("Desk-{n}"), "hotdesk = true", &format!("desk{n}")));
    }
    office
}
