//! How a model is told to fetch its file, and what its digest code can be trusted with.
//!
//! Sources: Yealink's and Snom's own documents on `check-sync`; the patience is what people who drive these phones
//! measured (about 2 s until the GET, about 150 s through a restart). Not measured by Perch on real phones yet.

use std::time::Duration;

use crate::model::{ModelName, RefreshMethod, Vendor};

/// How long a phone that stays up is given (B2).
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a phone that may restart is given (B2).
const PATIENCE_WITH_RESTART: Duration = Duration::from_secs(150);

/// The NOTIFY that makes this model fetch its file; `None` for a phone set up by hand.
pub fn refresh_method(model: &ModelName) -> Option<RefreshMethod> {
    if model.vendor() == Vendor::Generic {
        return None;
    }
    let may_reboot = may_reboot(model);
    Some(RefreshMethod {
        event: "check-sync;reboot=false".to_owned(),
        content_type: None,
        body: String::new(),
        may_reboot,
        patience: if may_reboot { PATIENCE_WITH_RESTART } else { PATIENCE },
    })
}

/// Whether this model should be shown a single MD5 challenge instead of SHA-256 and MD5 side by side.
///
/// RFC 8760 asks a phone to take the first challenge it understands; firmware that was finished before 2018 often looks
/// at the first one only. Which of these models do is not verified, so all of that age are treated alike.
pub fn may_need_md5_only(model: &ModelName) -> bool {
    match model.vendor() {
        Vendor::Yealink => is_old_yealink(word(model)),
        Vendor::Snom => !word(model).starts_with('d'),
        Vendor::Generic => true,
    }
}

/// Whether the firmware of this model can be of a time before Yealink's version 81, with the older parameter names.
pub fn is_old_yealink(word: &str) -> bool {
    const STARTS: [&str; 3] = ["t1", "t2", "t3"];
    const NEW: [&str; 6] = ["t30", "t31", "t33", "t34", "t27g", "t29g"];
    let newer_t4 =
        |word: &str| word.ends_with('s') || word.ends_with('u') || word == "t44w" || word == "t40g";
    let word = word.strip_prefix("vp-").unwrap_or(word);
    if NEW.iter().any(|start| word.starts_with(start)) {
        return false;
    }
    STARTS.iter().any(|start| word.starts_with(start))
        || (word.starts_with("t4") && !newer_t4(word))
        || matches!(word, "w52p" | "w56p" | "vp530" | "vp530p" | "cp860" | "unknown")
}

/// Models that may restart for a changed file: those that took the no-reboot switch late, and the DECT bases.
fn may_reboot(model: &ModelName) -> bool {
    const RESTARTING_YEALINK: [&str; 8] = ["t18", "t20p", "t22p", "t26p", "t28p", "t32g", "t38g", "vp530"];
    let word = word(model);
    match model.vendor() {
        Vendor::Yealink => {
            RESTARTING_YEALINK.iter().any(|start| word.starts_with(start))
                || word.starts_with('w')
                || matches!(word, "t19p" | "unknown")
        }
        Vendor::Snom => word.starts_with('m') || word == "unknown",
        Vendor::Generic => true,
    }
}

/// The model without its maker.
pub(super) fn word(model: &ModelName) -> &str {
    model.as_str().split_once('-').map_or("", |(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(text: &str) -> ModelName {
        text.parse().expect("a model of the test's own")
    }

    #[test]
    fn a_desk_phone_is_told_to_fetch_without_a_restart() {
        for name in ["yealink-t46u", "yealink-t31p", "yealink-t57w", "snom-d785", "snom-d120"] {
            let method = refresh_method(&model(name)).expect("both makers have a method");
            assert_eq!(method.event, "check-sync;reboot=false");
            assert!(!method.may_reboot, "{name}");
            assert_eq!(method.patience, Duration::from_secs(20), "{name}");
        }
    }

    #[test]
    fn a_phone_that_may_restart_is_given_the_time_for_it() {
        for name in ["yealink-t28p", "yealink-w70b", "snom-m900", "yealink-unknown"] {
            let method = refresh_method(&model(name)).expect("both makers have a method");
            assert!(method.may_reboot, "{name}");
            assert_eq!(method.patience, Duration::from_secs(150), "{name}");
        }
    }

    #[test]
    fn a_phone_set_up_by_hand_is_never_told_to_fetch() {
        assert_eq!(refresh_method(&ModelName::generic()), None);
    }

    #[test]
    fn only_models_with_old_firmware_are_marked_for_a_single_challenge() {
        for name in ["yealink-t28p", "yealink-t46g", "snom-370", "generic"] {
            assert!(may_need_md5_only(&model(name)), "{name}");
        }
        for name in ["yealink-t46u", "yealink-t46s", "yealink-t31p", "yealink-t57w", "snom-d785"] {
            assert!(!may_need_md5_only(&model(name)), "{name}");
        }
    }
}
