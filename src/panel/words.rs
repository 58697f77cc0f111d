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
    pub unsaved: &'static str,
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
            Language::De => &GERMAN,
            Language::Fr => &FRENCH,
            Language::Es => &SPANISH,
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
    unsaved: "not saved",
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
    unsaved: "non salvato",
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

const GERMAN: Words = Words {
    fault: "Störung",
    disc_full: "Der Speicher ist voll: Platz schaffen. Anrufe laufen weiter.",
    disc_refuses: "Der Speicher nimmt nichts an: prüfen. Anrufe laufen weiter.",
    store_broken: "Daten beschädigt: neu starten. Anrufe laufen weiter.",
    erasing: "Löscht alles",
    do_not_unplug: "Bitte nicht vom Strom trennen.",
    emergency: "NOTRUF",
    button_rests: "Die Taste wartet auf das Ende.",
    starting: "Startet ..",
    restarting: "Startet neu ..",
    set_up: "Einrichtungscode",
    open_in_browser: "Im Browser: http://",
    no_network: "Kein Netz",
    check_cable: "Bitte das Kabel prüfen, dann den Router.",
    attention: "Bitte prüfen",
    no_way_out: "Notrufe kommen nicht aus dem Haus.",
    late: "nicht aktuell",
    unsaved: "nicht gespeichert",
    away: "nicht da",
    phones: "Telefone",
    calls: "Gespräche",
    ringing: "Klingelt",
    release_restarts: "Loslassen: Reboot",
    release_does_nothing: "Loslassen: nichts",
    release_erases: "Loslassen: LÖSCHEN",
    hold_to_erase: "Weiter halten, um alles zu löschen.",
    hold_to_cancel: "Weiter halten, um abzubrechen.",
};

const FRENCH: Words = Words {
    fault: "Panne",
    disc_full: "Le disque est plein. Faites de la place. Les appels continuent.",
    disc_refuses: "Le disque n'écrit pas. Vérifiez-le. Les appels continuent.",
    store_broken: "Données abîmées. Redémarrez. Les appels continuent.",
    erasing: "Efface tout",
    do_not_unplug: "Ne débranchez pas l'appareil.",
    emergency: "APPEL D'URGENCE",
    button_rests: "Le bouton attend la fin.",
    starting: "Démarrage ..",
    restarting: "Redémarrage ..",
    set_up: "Code de démarrage",
    open_in_browser: "Navigateur : http://",
    no_network: "Pas de réseau",
    check_cable: "Vérifiez le câble, puis le routeur.",
    attention: "Attention",
    no_way_out: "Les appels d'urgence ne peuvent pas sortir.",
    late: "pas à jour",
    unsaved: "non enregistré",
    away: "absent",
    phones: "Téléphones",
    calls: "Appels",
    ringing: "Sonneries",
    release_restarts: "Lâcher : relancer",
    release_does_nothing: "Lâcher : rien",
    release_erases: "Lâcher : EFFACER",
    hold_to_erase: "Maintenez pour tout effacer.",
    hold_to_cancel: "Maintenez pour annuler.",
};

const SPANISH: Words = Words {
    fault: "Avería",
    disc_full: "El disco está lleno: libere espacio. Las llamadas siguen.",
    disc_refuses: "El disco no escribe: revíselo. Las llamadas siguen.",
    store_broken: "Datos dañados: reinicie. Las llamadas siguen.",
    erasing: "Borrando todo",
    do_not_unplug: "No desenchufe el aparato.",
    emergency: "EMERGENCIA",
    button_rests: "El botón espera a que termine.",
    starting: "Iniciando ..",
    restarting: "Reiniciando ..",
    set_up: "Código de inicio",
    open_in_browser: "Navegador: http://",
    no_network: "Sin red",
    check_cable: "Revise el cable y luego el router.",
    attention: "Atención",
    no_way_out: "Las llamadas de emergencia no pueden salir.",
    late: "sin actualizar",
    unsaved: "sin guardar",
    away: "ausente",
    phones: "Teléfonos",
    calls: "Llamadas",
    ringing: "Sonando",
    release_restarts: "Soltar: reiniciar",
    release_does_nothing: "Soltar: nada",
    release_erases: "Soltar: BORRAR",
    hold_to_erase: "Mantenga para borrar todo.",
    hold_to_cancel: "Mantenga para cancelar.",
};
