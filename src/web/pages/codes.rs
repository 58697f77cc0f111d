//! The codes one dials to log in and out: each with its switch, checked so that no two mean the same.

use crate::config::apply;
use crate::config::fault::{Part, Place};
use crate::control::Kept;
use crate::model::{Feature, Plan, PlanEntry, Profile};
use crate::web::choices::FEATURES;
use crate::web::fields::Fields;
use crate::web::front::Front;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Posted, Visitor};
use crate::web::words::Words;

/// A code as it is shown.
#[derive(Debug, Clone)]
pub struct Row {
    /// The name of the field with the code.
    pub code: String,
    /// The name of its switch.
    pub on: String,
    /// What it does.
    pub text: String,
    /// Whether there is a code to dial; else one dials one's own number.
    pub has_code: bool,
}

/// Something to choose: what is sent, and what is shown.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: &'static str,
    /// What is shown.
    pub text: String,
}

/// What a new code can do.
pub fn features(words: Words) -> Vec<Choice> {
    let has_code = |(_, feature): &&(&'static str, Feature)| *feature != Feature::LoginByOwnExtension;
    let choice = |(value, feature): &(&'static str, Feature)| Choice { value, text: text(words, *feature) };
    FEATURES.iter().filter(has_code).map(choice).collect()
}

/// The profiles of codes.
pub fn profiles(words: Words) -> Vec<Choice> {
    let choice = |profile: Profile| Choice {
        value: profile.as_str(),
        text: words.say(&format!("profile-{}", profile.as_str())),
    };
    Profile::ALL.map(choice).to_vec()
}

fn text(words: Words, feature: Feature) -> String {
    words.say(match feature {
        Feature::LoginByOwnExtension => "code-own-extension",
        Feature::LoginWithExtension => "code-login",
        Feature::Logout => "code-logout",
        Feature::LoginWithPrompts => "code-login-with-prompts",
        Feature::LogoutWithPrompts => "code-logout-with-prompts",
        Feature::Toggle => "code-toggle",
    })
}

/// The codes of a plan as they are shown.
pub fn rows(words: Words, plan: &Plan) -> Vec<Row> {
    let row = |(index, entry): (usize, &PlanEntry)| Row {
        code: code_field(index),
        on: switch_field(index),
        text: text(words, entry.feature),
        has_code: entry.feature != Feature::LoginByOwnExtension,
    };
    plan.entries.iter().enumerate().map(row).collect()
}

/// What stands in the fields.
pub fn fields_of(plan: &Plan) -> Fields {
    plan.entries.iter().enumerate().fold(Fields::new(), |fields, (index, entry)| {
        let on = if entry.on { "on" } else { "" };
        fields.with(code_field(index), &entry.code).with(switch_field(index), on)
    })
}

/// Reads and saves the fields; the form with its faults where they will not do.
pub async fn save(
    front: &Front,
    visitor: &Visitor,
    posted: &Posted,
) -> Result<Result<Kept, Fields>, Trouble> {
    let words = visitor.words;
    let entries = &visitor.status.settings.plan.entries;
    let sent = (0..entries.len()).fold(Fields::new(), |fields, index| {
        let (code, on) = (code_field(index), switch_field(index));
        let values = (posted.text(&code).to_owned(), posted.text(&on).to_owned());
        fields.with(code, values.0).with(on, values.1)
    });
    // A code that is emptied goes; the place of each among those that stay tells where a fault stands.
    let said = entries.iter().enumerate().map(|(index, entry)| {
        let code = posted.text(&code_field(index)).to_ascii_uppercase();
        (
            code_field(index),
            PlanEntry { code, feature: entry.feature, on: posted.is_ticked(&switch_field(index)) },
        )
    });
    let new = FEATURES.iter().find(|(word, _)| *word == posted.text(NEW_FEATURE)).map(|(_, feature)| {
        let code = posted.text(NEW_CODE).to_ascii_uppercase();
        (NEW_CODE.to_owned(), PlanEntry { code, feature: *feature, on: true })
    });
    let stays = |(_, entry): &(String, PlanEntry)| {
        !entry.code.is_empty() || entry.feature == Feature::LoginByOwnExtension
    };
    let (places, wish): (Vec<String>, Vec<PlanEntry>) = said.chain(new).filter(stays).unzip();
    let sent = sent.with(NEW_CODE, posted.text(NEW_CODE)).with(NEW_FEATURE, posted.text(NEW_FEATURE));
    let edited = front.edit(move |office, rules, fresh| {
        let mut settings = office.settings.clone();
        settings.plan = Plan { entries: wish };
        apply::put_settings(office, settings, rules, fresh)
    });
    let at = |place: Place| match place.part {
        Part::PlanEntry(_, index) => places.get(index).cloned().unwrap_or_default(),
        _ => String::new(),
    };
    Ok(edited.await?.map_err(|faults| sent.refused_at(words, &faults, at)))
}

/// The field of a new code.
const NEW_CODE: &str = "new-code";
/// The field that says what a new code does.
const NEW_FEATURE: &str = "new-feature";

fn code_field(index: usize) -> String {
    format!("code-{index}")
}

fn switch_field(index: usize) -> String {
    format!("on-{index}")
}
