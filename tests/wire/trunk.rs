//! A trunk on the loopback: calls out, with the password it asks for, and calls in, to its numbers alone (K2, F14).

use std::net::UdpSocket;

use perch::sip::digest::{Credentials, HashFunction, ha1};

use crate::client::{Account, Dialog, Draft, Message, Phone, voice_sdp};
use crate::real_box::RealBox;

const OFFICE: &str = "[office]
name = \"Wire\"
country = \"IT\"
[[extension]]
number = \"100\"
name = \"Ada\"
[[device]]
name = \"Phone\"
model = \"generic\"
extension = \"100\"
sip_user = \"100\"
sip_password = \"the-password-of-100\"
";

/// The box with one phone, and a trunk of another address than the phones'.
fn office() -> (RealBox, Phone, Phone) {
    let socket = UdpSocket::bind("127.0.0.77:0").expect("a free port");
    let port = socket.local_addr().expect("an address").port();
    let trunk = format!(
        "[[trunk]]\nhost = \"127.0.0.77\"\nport = {port}\nuser = \"39061234\"\npassword = \"the trunk's word\"\n\
         shown = \"+39061234\"\ninbound = [{{ number = \"+39061234\", extension = \"100\" }}]\n"
    );
    let real = RealBox::with(&format!("{OFFICE}{trunk}"));
    let account = |user: &str, password: &str| Account {
        number: user.to_owned(),
        user: user.to_owned(),
        password: password.to_owned(),
    };
    let trunk = Phone::at(socket, real.sip, account("39061234", "the trunk's word"));
    let mut phone = Phone::udp(real.sip, account("100", "the-password-of-100"));
    phone.register();
    (real, phone, trunk)
}

/// The called one picks up; its side of the call.
fn talks((caller, invite): (&mut Phone, &Draft), (callee, arrived): (&mut Phone, &Message)) -> Dialog {
    let ok = callee.reply_draft(arrived, 200).sdp(voice_sdp(callee.local.port(), "sendrecv"));
    callee.reply_with(arrived, &ok);
    let answer = caller.final_of(invite);
    assert_eq!(answer.status(), 200, "{answer:?}");
    caller.acknowledge(invite, &answer, None);
    callee.expect("ACK");
    Dialog::of_callee(arrived, &ok)
}

#[test]
fn f14_a_call_goes_out_with_the_password_that_the_trunk_asks_for() {
    let (_real, mut phone, mut trunk) = office();
    let invite = phone.invite(phone.invite_draft("0612345678"));
    let asked = trunk.expect("INVITE");
    assert!(asked.header("From").contains("sip:+39061234@"), "{asked:?}");
    let challenge = "Digest realm=\"trunk\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"";
    let question = trunk.reply_draft(&asked, 407).with("Proxy-Authenticate", challenge);
    trunk.reply_with(&asked, &question);
    let proved = trunk.wait_for("the INVITE with the password", |message| {
        message.method() == "INVITE" && message.has("Proxy-Authorization")
    });
    let credentials = Credentials::parse(proved.header("Proxy-Authorization")).expect("credentials");
    let ha1 = ha1(HashFunction::Md5, "39061234", "trunk", "the trunk's word");
    assert!(credentials.verify("INVITE", b"", &ha1), "{proved:?}");
    let mut dialog = talks((&mut phone, &invite), (&mut trunk, &proved));
    trunk.hang_up(&mut dialog);
    phone.expect("BYE");
}

#[test]
fn k2_a_call_comes_in_for_a_number_of_the_trunk_and_for_nothing_else() {
    let (_real, mut phone, mut trunk) = office();
    for number in ["100", "*400", "112", "0612345678"] {
        let invite = trunk.invite(trunk.invite_draft(number));
        assert_eq!(trunk.final_of(&invite).status(), 404, "{number}");
    }
    let invite = trunk.invite_draft("+39061234");
    trunk.send(&invite);
    let arrived = phone.expect("INVITE");
    let mut dialog = talks((&mut trunk, &invite), (&mut phone, &arrived));
    phone.hang_up(&mut dialog);
    trunk.expect("BYE");
}
