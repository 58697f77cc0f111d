//! Messages that wait, as phones are told of them (RFC 3842 §5).

use crate::model::Messages;

/// The body: whether any wait, for which account, and how many. An idle desk is nobody's account.
pub(super) fn body(account: &str, messages: Messages) -> String {
    let waiting = if messages.is_waiting() { "yes" } else { "no" };
    let account = match account {
        "" => String::new(),
        account => format!("Message-Account: {account}\r\n"),
    };
    let Messages { new, old } = messages;
    format!("Messages-Waiting: {waiting}\r\n{account}Voice-Message: {new}/{old} (0/0)\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b12_what_waits_is_told_with_its_account() {
        assert_eq!(
            body("sip:100@office.perch.local", Messages { new: 2, old: 1 }),
            "Messages-Waiting: yes\r\nMessage-Account: sip:100@office.perch.local\r\nVoice-Message: 2/1 (0/0)\r\n"
        );
        assert_eq!(body("", Messages::default()), "Messages-Waiting: no\r\nVoice-Message: 0/0 (0/0)\r\n");
    }
}
