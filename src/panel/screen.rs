//! The screen: a title, something large where there is need, and a few lines.
//!
//! The words are in the office's language; before set-up they are English. Letters beyond Western Europe's come out as
//! question marks.

use embedded_graphics::Drawable;
use embedded_graphics::geometry::Point;
use embedded_graphics::mono_font::iso_8859_1::{FONT_6X10, FONT_7X13_BOLD, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::{Line, Primitive, PrimitiveStyle};
use embedded_graphics::text::{Baseline, Text};

use super::button::Window;
use super::framebuffer::{Framebuffer, WIDTH};
use super::settings::ButtonUse;
use super::sign::{Absence, Facts, Phase, Sign};
use super::words::Words;

/// What is written on the screen.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Screen {
    title: String,
    large: Option<String>,
    lines: Vec<String>,
}

/// A held button: what letting it go does, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Countdown {
    /// What letting go does now.
    pub window: Window,
    /// The seconds until it does something else.
    pub seconds: u64,
    /// What the button may do at all.
    pub button: ButtonUse,
}

impl Screen {
    /// What the screen says about a sign; with `countdown` while a held button is announced.
    pub fn of(sign: Sign, facts: &Facts, countdown: Option<Countdown>) -> Screen {
        let words = Words::of(facts.language);
        match sign {
            Sign::Fault => {
                let mut lines = wrap(facts.fault.map_or("", |fault| words.trouble(fault)), 4);
                if let Some(countdown) = countdown {
                    // The lamp keeps to the fault, so the screen alone announces what the button does.
                    lines.truncate(2);
                    lines.extend([words.release(countdown.window).to_owned(), countdown.rest()]);
                }
                Screen { title: words.fault.to_owned(), large: None, lines }
            }
            Sign::Erasing => Screen::titled(words.erasing, wrap(words.do_not_unplug, 4)),
            Sign::Emergency => Screen {
                title: words.emergency.to_owned(),
                large: facts.emergency.clone(),
                lines: wrap(words.button_rests, 2),
            },
            Sign::Held(window) => Screen {
                title: words.release(window).to_owned(),
                large: countdown.map(Countdown::rest),
                lines: wrap(countdown.map_or("", |countdown| words.hold_on(countdown)), 2),
            },
            Sign::Rebooting => Screen::titled(PROGRAM, wrap(words.restarting, 4)),
            Sign::Starting => Screen::titled(PROGRAM, wrap(words.starting, 4)),
            Sign::SetUp => Screen::set_up(words, facts),
            Sign::NoNetwork => Screen::titled(words.no_network, wrap(words.check_cable, 4)),
            Sign::Attention => {
                let mut lines = wrap(&attention(words, facts), 3);
                lines.resize(3, String::new());
                lines.extend(facts.address.map(|address| address.to_string()));
                Screen::titled(words.attention, lines)
            }
            Sign::Ringing | Sign::CallUp | Sign::AllWell => Screen::at_work(words, facts),
        }
    }

    fn titled(title: &str, lines: Vec<String>) -> Screen {
        Screen { title: title.to_owned(), large: None, lines }
    }

    fn set_up(words: &Words, facts: &Facts) -> Screen {
        let code = match &facts.phase {
            Phase::SetUp(code) => code.expose().to_owned(),
            Phase::Starting | Phase::Serving => String::new(),
        };
        let address = facts.address.map(|address| address.to_string()).unwrap_or_default();
        Screen {
            title: words.set_up.to_owned(),
            large: Some(code),
            lines: vec![words.open_in_browser.to_owned(), address],
        }
    }

    fn at_work(words: &Words, facts: &Facts) -> Screen {
        let title = if facts.office.is_empty() { PROGRAM } else { &facts.office };
        let (reachable, all) = facts.phones;
        let calls = format!("{} {}", words.calls, facts.calls.up);
        let ringing = match facts.calls.ringing {
            0 => String::new(),
            ringing => format!("{} {ringing}", words.ringing),
        };
        let phones = format!("{} {reachable}/{all}", words.phones);
        let address = facts.address.map(|address| address.to_string()).unwrap_or_default();
        Screen::titled(title, vec![phones, calls, ringing, address])
    }

    /// The screen as dots.
    pub fn draw(&self) -> Framebuffer {
        let mut picture = Framebuffer::default();
        write(&mut picture, &self.title, 1, &FONT_7X13_BOLD);
        let rule = Line::new(Point::new(0, 15), Point::new(WIDTH as i32 - 1, 15));
        let Ok(()) = rule.into_styled(PrimitiveStyle::with_stroke(BinaryColor::On, 1)).draw(&mut picture);

        let mut y = 18;
        if let Some(large) = &self.large {
            // A code that is cut would be of no use.
            let fits = large.chars().count() <= (WIDTH - 2) / 10;
            write(&mut picture, large, y, if fits { &FONT_10X20 } else { &FONT_7X13_BOLD });
            y += 23;
        }
        for line in &self.lines {
            write(&mut picture, line, y, &FONT_6X10);
            y += 11;
        }
        picture
    }
}

impl Countdown {
    fn rest(self) -> String {
        format!("{} s", self.seconds)
    }
}

/// Writes one line, cut where the screen ends.
fn write(picture: &mut Framebuffer, text: &str, y: i32, font: &MonoFont<'_>) {
    let room = (WIDTH - 2) / font.character_size.width as usize;
    let text = shorten(text, room);
    let style = MonoTextStyle::new(font, BinaryColor::On);
    let Ok(_) = Text::with_baseline(&text, Point::new(1, y), style, Baseline::Top).draw(picture);
}

/// The text, with two dots at the end where it does not fit.
fn shorten(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(2)).collect();
    kept.trim_end().to_owned() + ".."
}

/// The text in lines of the small font, at most so many.
fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        // What does not fit on the last line is cut off when it is drawn.
        let is_last = lines.len() == most;
        match lines.last_mut() {
            Some(line) if is_last || line.chars().count() + 1 + word.chars().count() <= COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The one thing that should be looked at first.
fn attention(words: &Words, facts: &Facts) -> String {
    let of_phones = |absence: &Absence, what: &str| match absence.count {
        1 => format!("{}: {what}", absence.first),
        more => format!("{} +{}: {what}", absence.first, more - 1),
    };
    if !facts.has_way_out {
        words.no_way_out.to_owned()
    } else if facts.unsaved.count > 0 {
        of_phones(&facts.unsaved, words.unsaved)
    } else if facts.late.count > 0 {
        of_phones(&facts.late, words.late)
    } else {
        of_phones(&facts.away, words.away)
    }
}

/// What the box is called where the office has no name yet.
const PROGRAM: &str = concat!("Perch ", env!("CARGO_PKG_VERSION"));
/// The letters of the small font in a row.
const COLUMNS: usize = (WIDTH - 2) / 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Language, Secret, StoreTrouble};
    use crate::panel::sign::Calls;
    use std::net::SocketAddr;

    fn facts() -> Facts {
        Facts {
            office: "Rossi & Figli".to_owned(),
            phase: Phase::Serving,
            address: Some(SocketAddr::from(([192, 168, 100, 100], 8080))),
            has_way_out: true,
            phones: (5, 6),
            ..Facts::default()
        }
    }

    fn drawn(sign: Sign, facts: &Facts) -> String {
        Screen::of(sign, facts, None).draw().to_string()
    }

    fn held(window: Window, seconds: u64) -> String {
        let countdown = Countdown { window, seconds, button: ButtonUse::RestartAndErase };
        Screen::of(Sign::Held(window), &facts(), Some(countdown)).draw().to_string()
    }

    #[test]
    fn all_is_well() {
        insta::assert_snapshot!(drawn(Sign::AllWell, &facts()));
    }

    #[test]
    fn calls_are_counted() {
        let facts = Facts { calls: Calls { up: 2, ringing: 1 }, language: Language::It, ..facts() };
        insta::assert_snapshot!(drawn(Sign::Ringing, &facts));
    }

    #[test]
    fn the_box_is_ready_to_be_set_up() {
        let facts = Facts { phase: Phase::SetUp(Secret::new("K7QF-2M9X")), ..facts() };
        insta::assert_snapshot!(drawn(Sign::SetUp, &facts));
    }

    #[test]
    fn the_network_is_not_there() {
        insta::assert_snapshot!(drawn(Sign::NoNetwork, &facts()));
    }

    #[test]
    fn a_phone_lags_behind() {
        let late = Absence { count: 3, first: "HD0002".to_owned() };
        insta::assert_snapshot!(drawn(Sign::Attention, &Facts { late, ..facts() }));
    }

    #[test]
    fn emergency_calls_have_no_way_out() {
        let facts = Facts { has_way_out: false, language: Language::It, ..facts() };
        insta::assert_snapshot!(drawn(Sign::Attention, &facts));
    }

    #[test]
    fn an_emergency_call_is_up() {
        insta::assert_snapshot!(drawn(
            Sign::Emergency,
            &Facts { emergency: Some("112".to_owned()), ..facts() }
        ));
    }

    #[test]
    fn the_store_is_at_fault() {
        let fault = Some(StoreTrouble::Full);
        insta::assert_snapshot!(drawn(Sign::Fault, &Facts { fault, ..facts() }));
    }

    #[test]
    fn the_button_is_held() {
        insta::assert_snapshot!("restart", held(Window::Reboot, 4));
        insta::assert_snapshot!("caution", held(Window::Caution, 5));
        insta::assert_snapshot!("erase", held(Window::Erase, 10));
    }

    #[test]
    fn the_button_is_held_during_a_fault() {
        let fault = Some(StoreTrouble::Full);
        let countdown = Countdown { window: Window::Erase, seconds: 9, button: ButtonUse::RestartAndErase };
        let screen = Screen::of(Sign::Fault, &Facts { fault, ..facts() }, Some(countdown));
        insta::assert_snapshot!(screen.draw());
    }

    #[test]
    fn long_texts_are_wrapped_and_cut_within_the_screen() {
        let text = "one two three four five six seven eight nine ten eleven twelve thirteen";
        assert_eq!(wrap(text, 2), ["one two three four", &text[19..]]);
        assert_eq!(shorten(&text[19..], COLUMNS), "five six seven eigh..");
        assert_eq!(wrap("", 3), Vec::<String>::new());
        assert_eq!(shorten("Città di Castello 2", COLUMNS), "Città di Castello 2");
    }

    #[test]
    fn nothing_touches_the_sides_and_every_word_fits() {
        for language in Language::ALL {
            let facts =
                Facts { language, fault: Some(StoreTrouble::Broken), office: "W".repeat(99), ..facts() };
            for sign in
                [Sign::Fault, Sign::Erasing, Sign::Rebooting, Sign::Starting, Sign::AllWell, Sign::NoNetwork]
            {
                let picture = Screen::of(sign, &facts, None).draw();
                let touched = (0..64).filter(|&y| picture.is_lit(0, y) || picture.is_lit(127, y));
                assert_eq!(touched.collect::<Vec<_>>(), [15], "only the rule goes from side to side");
                let screen = Screen::of(
                    sign,
                    &Facts { fault: None, office: String::new(), ..facts_in(language) },
                    None,
                );
                assert!(screen.title.chars().count() <= TITLE_COLUMNS, "{language}: {}", screen.title);
                for text in screen.lines {
                    assert!(text.chars().count() <= COLUMNS, "{language}: {text}");
                }
            }
        }
    }

    #[test]
    fn every_title_fits_in_every_language() {
        for language in Language::ALL {
            let words = Words::of(language);
            let released =
                [Window::Reboot, Window::Caution, Window::Erase].map(|window| words.release(window));
            let others = [
                words.fault,
                words.erasing,
                words.emergency,
                words.set_up,
                words.no_network,
                words.attention,
            ];
            for title in released.into_iter().chain(others) {
                assert!(title.chars().count() <= TITLE_COLUMNS, "{language}: {title}");
            }
            for line in [words.open_in_browser, words.release(Window::Erase)] {
                assert!(line.chars().count() <= COLUMNS, "{language}: {line}");
            }
        }
    }

    /// The letters of the title's font in a row.
    const TITLE_COLUMNS: usize = (WIDTH - 2) / 7;

    #[test]
    fn every_text_is_read_to_its_end_in_every_language() {
        for language in Language::ALL {
            let words = Words::of(language);
            let troubles = [StoreTrouble::Full, StoreTrouble::Refused, StoreTrouble::Broken];
            let held = |window, button| words.hold_on(Countdown { window, seconds: 3, button });
            let texts = troubles.map(|trouble| (words.trouble(trouble), 4)).into_iter().chain([
                (words.do_not_unplug, 4),
                (words.check_cable, 4),
                (words.no_way_out, 3),
                (words.button_rests, 2),
                (held(Window::Caution, ButtonUse::RestartAndErase), 2),
                (held(Window::Erase, ButtonUse::RestartOnly), 2),
            ]);
            for (text, most) in texts {
                for line in wrap(text, most) {
                    assert!(line.chars().count() <= COLUMNS, "{language}: {line}");
                    let drawn = line.chars().all(|c| c.is_ascii() || ('\u{a0}'..='\u{ff}').contains(&c));
                    assert!(drawn, "{language}: {line} has letters that the screen lacks");
                }
            }
        }
    }

    fn facts_in(language: Language) -> Facts {
        Facts { language, ..facts() }
    }
}
