//! The words on the screen, in every language. A title holds 18 letters, a line 21; texts that are wrapped may have
//! more.

use crate::model::{Language, StoreTrouble};

use super::button::Window;
use super::screen::Countdown;
use super::settings::ButtonUse;

/// The words of one language.
#[derive(Debug)]
pub struct Words {
    pub fault: &'static str,
    disc_full: &'static str,
    disc_refuses: &'static str,
    store_broken: &'static str,
    pub erasing: &'static str,
    pub do_not_unplug: &'static str,
    pub emergency: &'static str,
    pub button_rests: &'static str,
    pub starting: &'static str,
    pub restarting: &'static str,
    pub set_up: &'static str,
    pub open_in_browser: &'static str,
    pub no_network: &'static str,
    pub check_cable: &'static str,
    pub attention: &'static str,
    pub no_way_out: &'static str,
    pub late: &'static str,
    pub away: &'static str,
    pub phones: &'static str,
    pub calls: &'static str,
    pub ringing: &'static str,
    release_restarts: &'static str,
    release_does_nothing: &'static str,
    release_erases: &'static str,
    hold_to_erase: &'static str,
    hold_to_cancel: &'static str,
}

impl Words {
    /// The words of a language.
    pub fn of(language: Language) -> &'static Words {
        match language {
            Language::En => &ENGLISH,
            Language::It => &ITALIAN,
        }
    }

    /// What is wrong with the store, and what to do.
    pub fn trouble(&self, trouble: StoreTrouble) -> &'static str {
        match trouble {
            StoreTrouble::Full => self.disc_full,
            StoreTrouble::Refused => self.disc_refuses,
            StoreTrouble::Broken => self.store_broken,
        }
    }

    /// What letting a held button go does.
    pub fn release(&self, window: Window) -> &'static str {
        match window {
            Window::Reboot => self.release_restarts,
            Window::Erase => self.release_erases,
            Window::Short | Window::Caution | Window::Cancelled => self.release_does_nothing,
        }
    }

    /// What holding on leads to.
    pub fn hold_on(&self, countdown: Countdown) -> &'static str {
        match (countdown.window, countdown.button) {
            (Window::Short | Window::Reboot | Window::Caution, ButtonUse::RestartAndErase) => {
                self.hold_to_erase
            }
            (_, ButtonUse::RestartAndErase | ButtonUse::RestartOnly | ButtonUse::Nothing) => {
                self.hold_to_cancel
            }
        }
    }
}

const ENGLISH: Words = Words {
    fault: "Fault",
    disc_full: "The disc is full: make room on it. Calls go on.",
    disc_refuses: "The disc does not take data: check it. Calls go on.",
    store_broken: "The stored data is damaged: restart the box. Calls go on.",
    erasing: "Erasing everything",
    do_not_unplug: "Do not unplug the box.",
    emergency: "EMERGENCY CALL",
    button_rests: "The button waits until it is over.",
    starting: "Starting ..",
    restarting: "Restarting ..",
    set_up: "Set-up code",
    open_in_browser: "In a browser: http://",
    no_network: "No network",
    check_cable: "Please check the cable, then the router.",
    attention: "Please look",
    no_way_out: "Emergency calls cannot leave the building.",
    late: "not up to date",
    away: "not there",
    phones: "Phones",
    calls: "Calls",
    ringing: "Ringing",
    release_restarts: "Let go: restart",
    release_does_nothing: "Let go: nothing",
    release_erases: "Let go: ERASE ALL",
    hold_to_erase: "Keep holding to erase everything.",
    hold_to_cancel: "Keep holding to cancel.",
};

const ITALIAN: Words = Words {
    fault: "Guasto",
    disc_full: "Il disco è pieno: fai spazio. Le chiamate continuano.",
    disc_refuses: "Il disco non scrive: controllalo. Le chiamate continuano.",
    store_broken: "I dati sono rovinati: riavvia. Le chiamate continuano.",
    erasing: "Cancello tutto",
    do_not_unplug: "Non staccare la spina.",
    emergency: "EMERGENZA",
    button_rests: "Il tasto attende la fine.",
    starting: "Avvio ..",
    restarting: "Riavvio ..",
    set_up: "Codice di avvio",
    open_in_browser: "Nel browser: http://",
    no_network: "Rete assente",
    check_cable: "Controlla il cavo, poi il router.",
    attention: "Attenzione",
    no_way_out: "Le chiamate di emergenza non possono uscire.",
    late: "non aggiornato",
    away: "assente",
    phones: "Telefoni",
    calls: "Chiamate",
    ringing: "Squillano",
    release_restarts: "Lascia: riavvio",
    release_does_nothing: "Lascia: niente",
    release_erases: "Lascia: CANCELLA",
    hold_to_erase: "Tieni premuto per cancellare tutto.",
    hold_to_cancel: "Tieni premuto per annullare.",
};
