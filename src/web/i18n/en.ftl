# The words of the pages in English. Plain and short; no term an office manager would have to look up.

language-en = English
language-it = Italiano
language-de = Deutsch
language-fr = Français
language-es = Español
languages = Language
skip = Skip to the content
nav = Pages
nav-status = Who is where
nav-phones = Phones
nav-extensions = Extensions
nav-calls = Calls
nav-journal = Journal
nav-settings = Settings
sign-out = Sign out
next = Next
save = Save
cancel = Cancel
choose = Please choose
yes = Yes
no = No
find = Find
find-all = Show all
find-desk = Desk, person or number
find-phone = Phone, MAC address, person or number
find-extension = Name or number
find-nothing = Nothing fits “{ $find }”.
pages = Pages of this list
pages-before = Back
pages-after = Further
pages-shown = { $from } to { $to } of { $total }
person-placeholder = Number or name
skip-step = Skip for now
live-refreshed = The page has been updated.
reachable = Connected
unreachable = Not connected

## Warnings on every page

emergency-missing = Emergency calls cannot leave the building.
emergency-missing-todo = Choose an extension that answers them, or enter an outside line.
emergency-missing-link = Set it up now
store-trouble = Perch cannot save.
store-trouble-full = The disc is full: remove something from it. Calls go on; what changes now is kept in memory, and saved as soon as there is room.
store-trouble-refused = The disc does not take what Perch writes: check it, or its cable. Calls go on; what changes now is kept in memory.
store-trouble-broken = The stored data is damaged or out of reach: restart Perch, and it repairs itself. Calls go on, but nothing is saved until then.
findings = When Perch started:
findings-read = I have read this
finding-damaged = The stored data was damaged; the damaged copy is kept aside.
finding-missing = The stored data was gone.
finding-restored = Perch went on from the copy it made at { $moment }. Look whether the latest changes are there.
finding-nothing = There was no good copy to go on from, so everything is empty. Apply your office file again.
finding-dropped = { $n ->
    [one] One entry
   *[other] { $n } entries
 } could not be read. Look whether everything is there.
finding-lost = The disc had lost the latest changes although it had confirmed them. Replace it soon, and look what is missing.
finding-full = The disc was full. Remove something from it.

## What was just done

note-accepted = The phone is accepted. It fetches its settings in a moment.
note-dismissed = The phone was taken off the list. It comes back when it asks again.
note-removed = The phone was removed.
note-saved = Saved.
note-saved-later = Done, but not saved yet: the disc is full or slow. Perch keeps trying.
note-logged-in = Logged in. Calls follow at once, the display in a few seconds.
note-logged-out = Logged out.
note-extension-added = The extension was added.
note-extension-removed = The extension was removed.
note-phone-added = The phone was added.
note-pin-changed = There is a new PIN.
note-password-changed = The password was changed. Everybody else was signed out.
note-signed-out = You are signed out.
note-unlocked = It is open to logins again.
note-webhook-removed = The receiver is sent nothing any more.
note-ended-all = Everybody is logged out.
note-nobody-anywhere = Nobody was logged in anywhere.
note-token-withdrawn = The token opens nothing any more.
note-not-saved = It could not be saved: the disc is full or slow. Try again.
note-findings-read = Put away until the next start.
note-welcome = Perch is ready. Now connect your phones.
note-refused-unknown-extension = There is no such extension.
note-refused-not-allowed = This extension may not use hot-desk phones. Allow it on the extension’s page.
note-refused-not-a-hot-desk = This phone is not a hot desk.
note-refused-wrong-pin = The PIN is wrong.
note-refused-locked = Too many wrong PINs. Try again later, or open it on the first page.
note-refused-busy-elsewhere = This extension is logged in at another phone, and the office does not allow a second login. Log it out there first.
note-refused-already-here = This extension is already logged in at this phone.
note-refused-unknown-device = This phone is no longer there.
note-nobody-there = Nobody was logged in at this phone.
note-gone = This phone is no longer there.
note-set-up-done = Set-up is done already. Sign in with the password.
note-code-again = That took too long. Please enter the set-up code again.

## Set-up

setup-steps = Steps of set-up
setup-step-code = Code
setup-step-password = Password
setup-step-office = Office
setup-step-extensions = Extensions
setup-step-emergency = Emergency
setup-code-title = Welcome to Perch
setup-code-text = First prove that the box is yours: enter the set-up code that it shows.
setup-code = Set-up code
setup-code-hint = It stands where Perch was started: on the screen of the box, or in its log. “perch token --setup” shows it again.
setup-code-wrong = This is not the code. { $n ->
    [one] One try is left.
   *[other] { $n } tries are left.
 }
setup-code-spent = This code is used up: it was used, or tried too often. Get a new one at the box with “perch token --setup”, or start Perch again.
setup-password-title = Choose a password
setup-password-text = With it you will sign in to these pages. Write it down in a safe place.
setup-office-title = Your office
setup-office-text = Emergency numbers, ring tones and voices follow from this.
setup-plan = Logging in at a hot desk
setup-extensions-title = Extensions
setup-extensions-text = An extension is a person’s own phone number in the office. Add a few now, the rest later.
setup-emergency-title = Emergency calls
setup-finish = Finish

## Password and sign-in

password = Password
password-again = Password again
password-hint = At least { $shortest } characters. Three or four words are easy to remember.
password-short = This password is too short: take at least { $shortest } characters.
password-long = This password is too long: take at most { $longest } characters.
password-simple = This password is too simple: mix more different characters.
password-common = This password is one of the first that anybody tries: choose another.
password-differs = The two passwords are not the same.
password-present = Present password
password-new = New password
password-change = Change password
login-title = Sign in
login-password = Administrator’s password
login-button = Sign in
login-wrong = This password is wrong.
login-wait = Too many tries. Wait { $n ->
    [one] one second
   *[other] { $n } seconds
 } and try again.
login-forgotten = Forgotten? “perch reset”, typed on the box itself, lets you set Perch up anew.

## Who is where

status-title = Who is where
status-waiting = { $n ->
    [one] A new phone is waiting.
   *[other] { $n } new phones are waiting.
 }
status-waiting-look = Have a look
status-emergencies = Emergency calls
emergency-out-under-way = { $number } is being called from { $place }; the call goes out.
emergency-out-answered = { $number } was called from { $place }; the call went out and was answered.
emergency-out-unanswered = { $number } was called from { $place }; the call went out.
emergency-inside-under-way = { $number } is being called from { $place }; the office’s own extension rings.
emergency-inside-answered = { $number } was called from { $place }; the office’s own extension answered.
emergency-inside-unanswered = { $number } was called from { $place }; the office’s own extension rang.
emergency-nowhere = { $number } was called from { $place }; the call could not leave the building.
emergency-failed-pill = nobody answered
lockouts = Closed after wrong PINs
lockout-extension = { $name }: three wrong PINs. Nobody can log in with this number until { $moment }.
lockout-device = { $name }: three wrong PINs. Nobody can log in at this phone until { $moment }.
lockout-address = { $name } on the network: three wrong PINs. Nobody can log in from there until { $moment }.
lockout-open = Open it again
lockout-pill = closed to logins
status-desks = Hot desks
status-no-desks = There are no hot desks yet. Connect a phone and accept it as a hot desk.
status-no-desks-link = Connect phones
status-phones = Other phones
status-no-phones = None.
status-more-phones = { $n ->
    [one] One more stands under Phones.
   *[other] { $n } more stand under Phones.
 }
status-calls = Calls now
status-no-calls = Nobody is on the phone.
status-more-calls = { $n ->
    [one] And one more.
   *[other] And { $n } more.
 }
status-panel = The box’s own screen
status-panel-alt = What the small screen on the box shows
desk-free = Free
desk-since = since { $moment }, { $method }
method-own-extension = by calling the own number
method-code = by code
method-page = from these pages
method-api = by another program
method-prompts = by code, with ID and PIN
method-phone-native = by the phone's own hot-desk key
desk-late = has not followed yet
desk-stranded = cannot call emergency numbers
desk-not-saved = not saved yet
desk-login-label = Log somebody in at { $name }
desk-login = Log in
desk-logout = Log out
desk-nobody-may = Nobody may use hot desks yet. Allow it on an extension’s page.
stage-routing = about to be told
stage-waiting-for-call = changes after the call
stage-notified = told to fetch its settings
stage-fetched = has its settings, about to connect
call-ringing = ringing
call-talking = talking

## Phones

devices-title = Phones
devices-add = Add a phone by hand
devices-waiting = Waiting to be accepted
devices-again = This phone was accepted before as { $name } and has lost its settings. Accept it only if somebody has reset it.
devices-more-waiting = { $n ->
    [one] One more phone is waiting.
   *[other] { $n } more phones are waiting.
 }
devices-accepted = Accepted phones
devices-none = None yet.
devices-how = Connecting a phone
devices-how-auto = Plug a Yealink or Snom phone into the office network and switch it on. Most find Perch by themselves and appear here within a minute.
devices-how-url = If one does not, type this address into it:
how-yealink = On a Yealink phone
how-yealink-1 = Find the phone’s address: press OK, it stands beside “IPv4”. Open it in a browser and sign in.
how-yealink-2 = Go to Settings, then Auto Provision, and type the address into “Server URL”.
how-yealink-3 = Press Confirm, then “Auto Provision Now”.
how-snom = On a Snom phone
how-snom-1 = Find the phone’s address in its menu under Information. Open it in a browser.
how-snom-2 = Go to Advanced, then Update, and type the address into “Setting URL”.
how-snom-3 = Press Apply, then Reboot.
how-other = On any other phone or softphone
how-other-text = Add it by hand here, then type the account that Perch shows you into the phone.
accept = Accept
accept-hotdesk = Accept as a hot desk
accept-owner = or as the phone of
dismiss = Not now
use-hotdesk = Hot desk, for whoever logs in
use-hotdesk-short = Hot desk
use-owner = The phone of
use-owned-short = Personal
device-title = Phone
device-at = at { $address }
device-name = Name
device-name-hint = For example Desk-1 or Kitchen. Letters, digits, “-”, “_” and “.”, no spaces.
device-model = Model
device-use = Use
device-user = Who
device-state = State
device-ready = Ready
device-mac = MAC address
device-screen = Name on its screen
device-address = Address
device-now = Now
device-waits = Waiting to be accepted
device-stranded-hint = This phone has not come back since its user logged out by its own key. Until then it can call nobody, emergency numbers included. Switch it off and on.
device-late-hint = Calls reach the right person all the same, but the display may be wrong. If this lasts, switch the phone off and on.
device-edit = Name and use
device-accept = Accept this phone
device-url = Its settings address
device-url-text = Type this into the phone if it has lost its settings. Keep it to yourself: whoever has it can use this phone’s account.
device-new-title = Add a phone by hand
device-new-text = For softphones and phones of other makers. Yealink and Snom phones appear by themselves; add them here only to prepare them.
device-new-name-hint = For example Lobby. Letters, digits, “-”, “_” and “.”, no spaces.
device-new-model-hint = “generic” for any phone you set up yourself; else for example yealink-t46u or snom-d785.
device-new-mac-hint = Only for Yealink and Snom: it stands on the phone’s label.
model-generic = Set up by hand
remove-phone = Remove this phone
remove-phone-title = Remove this phone?
remove-phone-text = { $name } will not be able to call any more, not even emergency numbers.
sip-title = The account to type in
sip-text = Type these into the phone or softphone.
sip-user = User name
sip-password = Password
sip-reveal = Show the password
sip-server = Server
sip-domain = Domain
sip-domain-hint = Only if the phone asks for it.

## Extensions

extensions-title = Extensions
extensions-none = There are no extensions yet. An extension is a person’s own phone number in the office.
extension-title = Extension
extension-new-title = Add an extension
extension-add = Add an extension
extension-open = Open
extension-number = Number
extension-name = Name
extension-hotdesk = May use hot desks
extension-hotdesk-hint = Logs in at any hot desk with the number and a PIN.
extension-hotdesk-short = Hot desk
extension-where = Reachable at
extension-nowhere = nowhere now
extension-no-pin = no PIN
extension-pin = PIN
extension-pin-hint = 4 to 10 digits. Leave it empty, and Perch makes one.
extension-pin-keep = Leave it empty to keep the present one.
extension-new-pin = Another PIN
extension-has-pin = This extension has a PIN.
extension-lacks-pin = This extension has no PIN: nobody can log in with it at a phone.
extension-pin-show = Show the PIN
extension-pin-make = Make a new PIN
extension-pin-tell = Tell it to this person only.
extension-edit = Name and hot desk
keys = Keys
keys-hint = They follow to whatever phone is in use. Both call: a lamp one of your extensions, a speed dial any number. The lamps themselves do not light yet.
key-place = Key { $place }
key-kind = Kind
key-lamp = Lamp of an extension
key-speed = Speed dial
key-label = Text beside the key
remove-extension = Remove this extension
remove-extension-title = Remove this extension?
remove-extension-text = Extension { $number } { $name } goes, and its login ends.

## Calls

calls-title = Calls
calls-none = There have been no calls yet.
calls-older = Older calls
call-when = When
call-from = From
call-to = To
call-outcome = Outcome
call-lasted = Talked
call-voice = Voice menu
call-emergency = Emergency
outcome-answered = answered
outcome-cancelled = given up
outcome-not-answered = not answered
outcome-busy = busy
outcome-failed = failed

## Journal

journal-title = Journal
journal-none = Nothing has happened yet.
journal-nothing-fits = Nothing fits. Take another number, phone or day.
journal-older = Older entries
journal-files = All of it as a file:
journal-extension = Extension
journal-from = From
journal-to = To
journal-when = When
journal-what = What
journal-who = Who
journal-phone = Phone
journal-why = How, or why
journal-logged-in = Logged in
journal-logged-out = Logged out
journal-refused = Login refused
journal-more-refused = { $n ->
    [one] One more login refused
   *[other] { $n } more logins refused
 }
journal-closed = Closed after wrong PINs
journal-opened = Opened again by the administrator
journal-tenant-added = Tenant added
journal-tenant-changed = Settings changed
journal-tenant-removed = Tenant removed
journal-extension-added = Extension added
journal-extension-changed = Extension changed
journal-extension-removed = Extension removed
journal-phone-added = Phone accepted
journal-phone-changed = Phone changed
journal-phone-removed = Phone removed
journal-more-changed = { $n ->
    [one] One more thing changed at the same time
   *[other] { $n } more things changed at the same time
 }
journal-ended = { $why }; since { $since }
ended-code = by code or key at the phone
ended-page = from these pages
ended-api = by another program
ended-moved = logged in at another phone
ended-displaced = somebody else logged in here
ended-extension-removed = the extension was removed, or may not use hot desks any more
ended-device-removed = the phone was removed, or is no hot desk any more
ended-other-phone = from another phone
ended-phone-native = by the phone’s own hot-desk key
ended-age = logged in for too long
ended-idle = no call for too long
ended-clock = by the clock
ended-gone = the phone was gone for too long
ended-restart = Perch was restarted
refused-unknown-extension = no such extension
refused-not-allowed = not allowed to use hot desks
refused-not-a-hot-desk = the phone is not a hot desk
refused-wrong-pin = wrong PIN
refused-locked = closed after wrong PINs
refused-busy-elsewhere = logged in at another phone already
refused-already-here = logged in at this phone already
refused-unknown-device = no such phone

## Settings

settings-title = Settings
settings-office = Office
settings-emergency = Emergency calls
settings-desks = Hot desks
settings-password = Password
office-name = Name of the office
office-country = Country
office-country-hint = Emergency numbers follow from it.
office-language = Language
office-language-hint = Of the phones and the voice. These pages speak English and Italian.
office-timezone = Time zone
office-timezone-country = That of the country
emergency-text = A call to { $numbers } goes to the outside line if there is one; else it rings at the extension chosen here.
emergency-extension = Extension that answers emergency calls
emergency-extension-none = None
emergency-extension-hint = Somebody must always be near this phone, and able to call for help.
emergency-numbers = Emergency numbers
emergency-numbers-hint = Leave it empty to have those of your country: { $numbers }. Others go in with a blank between them, the most general first.
emergency-none = Have no emergency numbers
emergency-none-title = No emergency numbers?
emergency-none-text = Calls to { $numbers } will be calls like any other: a free hot desk cannot make them, and they may not be let out. Do this only where another telephone is at hand to call for help.
trunk-host = Outside line: server
trunk-host-hint = The name or address that your telephone company or gateway gave you. Leave it empty if there is none.
trunk-port = Port
policy = When somebody logs in at a second phone
policy-move = The first phone is logged out
policy-refuse = The second login is refused
policy-several = Both phones ring
idle = What a free hot desk may call
idle-emergency-only = Emergency numbers and the login codes only
idle-internal = Extensions of the office too
idle-all = Everything
codes = Codes to dial
codes-hint = X stands for the extension’s number. A code that begins with * never hides an extension.
code-own-extension = Log in by calling one’s own number from a free hot desk
code-login = Log in with the number in the code
code-logout = Log out
code-login-with-prompts = Log in: the voice asks for ID and PIN
code-logout-with-prompts = Log out from any phone: the voice asks for ID and PIN
code-toggle = Switch the own phones off, or on again

tokens = Other programs
tokens-hint = A program that asks Perch needs a token. “perch token”, typed on the box, makes one; it is shown once.
tokens-none = There are no tokens.
tokens-row = made { $made }, last used { $used }
tokens-withdraw = Withdraw
end-all = Log everybody out
end-all-title = Log everybody out?
end-all-text = { $n ->
    [one] One person is logged in. Their calls then ring only at phones of their own.
   *[other] { $n } people are logged in. Their calls then ring only at phones of their own.
 }

webhooks = Webhooks
webhooks-hint = Perch can tell other programs what happens, at once: it posts each event to the addresses named here, signed with a secret. docs/api.md says how to check the signature.
webhooks-secret = The receiver is added. This is its secret; it is shown only now:
webhooks-all = all events
webhooks-good = last delivered { $when }
webhooks-none-yet = nothing delivered since the start
webhooks-failing = Failing since { $since }: { $why }
webhooks-waiting = { $n ->
    [one] One event waits.
   *[other] { $n } events wait.
 }
webhooks-missed = { $n ->
    [one] One event was lost.
   *[other] { $n } events were lost.
 }
webhooks-test = Send a test
webhooks-tested = The receiver took the test and answered { $status }.
webhooks-test-failed = The test was not taken: { $why }
webhooks-remove = Remove
webhooks-remove-title = Remove this receiver?
webhooks-remove-text = { $url } is then sent nothing any more, and its secret is forgotten.
webhooks-url = Address
webhooks-url-hint = Begins with https:// or http://.
webhooks-some = Only some events
webhooks-add = Add a receiver
hook-status = it answered { $status }, not 200. Look into its own log.
hook-slow = it did not answer within { $seconds } seconds.
hook-name = its name leads nowhere. Check how it is spelt.
hook-unreachable = nobody answers at its address. Check host, port and firewall.
hook-certificate = its certificate is not one that browsers trust for this name.
hook-garbled = its answer is not HTTP. Check the port, and http:// or https://.
fault-webhook-url = This is no address that events can be sent to: it begins with https:// or http://, has at most 1000 characters, and no user name in it.
fault-webhook-many = There are { $most } receivers already. Remove one first.
today = today

## What is wrong with a field

fault-empty = Please fill this in.
fault-choice = Please choose one of those offered.
fault-too-long = This is too long: use at most { $most } characters.
fault-unprintable = There is an invisible character in this: type it anew.
fault-too-many = There are more than { $most } of these, which is more than Perch takes.
fault-twice = “{ $value }” is there already.
fault-not-dialable = This cannot be dialled: use up to 32 digits, “*”, “#” and a “+” in front.
fault-twice-extension = Extension { $value } is there already: choose another number.
fault-twice-mac = A phone with the MAC address { $value } is there already.
fault-twice-name = A phone called “{ $value }” is there already: choose another name.
fault-twice-sip-user = The user name “{ $value }” is taken: choose another name.
fault-country = Perch does not know the emergency numbers of this country.
fault-country-missing = Please choose the country.
fault-timezone = This is no time zone.
fault-timezone-missing = This country has several time zones: please choose one.
fault-host = This is no host name and no address: write for example sip.example.com or 192.0.2.7.
fault-port = A port is a number from 1 to 65535.
fault-extension-number = An extension has 1 to 8 digits, for example 100.
fault-no-extension = There is no extension { $number }.
fault-emergency-number = { $number } is, or begins with, the emergency number { $emergency }: choose another.
fault-emergency-digits = { $number } is not an emergency number: use 2 to 8 digits, such as 112.
fault-emergency-left-out = In your country one also calls for help by { $numbers }: here that is a call like any other. Add it, or empty the field.
fault-pin-digits = A PIN has 4 to 10 digits.
fault-pin-easy = This PIN is too easy to guess: take digits that are neither all the same nor in a row.
fault-pin-number = The PIN must not be the extension’s number.
fault-owns-phones = It still owns { $phones }. Remove the phone, or give it to somebody else first.
fault-takes-emergency = Emergency calls ring here. Choose another extension for them first, under Settings.
fault-code-is-extension = The code { $code } would hide extension { $number }.
fault-code-shadowed = Extension { $number } cannot log in by code, because { $code } means something else. It can log in by calling its own number at the phone.
fault-code-shadowed-fully = Extension { $number } cannot log in by code, because { $code } means something else. Choose another number, or another code under Settings.
fault-not-a-code = A code has up to 16 digits, “*” and “#”, and one X where the extension is dialled.
fault-code-not-wanted = There is no code here: one dials one’s own number.
fault-code-needs-x = This code needs one X, where the extension is dialled: for example *77*X*.
fault-code-without-x = This code takes no extension: leave out the X.
fault-codes-collide = The codes { $first } and { $second } collide: dialling one could mean the other. Change one or switch it off.
fault-unnamed = Give the phone a name, or type in the MAC address on its label.
fault-of-nobody = Say whose phone this is, or that it is a hot desk.
fault-sip-login-made = Perch makes the account of this phone itself.
fault-extra-long = These lines are longer than { $most } KiB together: remove some.
fault-extra-yealink = Line { $line } is no setting of a Yealink phone: write for example “account.1.ringtone = Ring2.wav”.
fault-extra-snom = Line { $line } is no setting of a Snom phone: write for example “<ringer>Ringer2</ringer>”.
fault-extra-by-hand = Perch writes no file for this phone: remove the lines.
fault-name-reserved = Perch gives out names like this one itself: choose another.
fault-name-is-extension = This is the number of an extension: choose another name.
fault-device-name = Use up to 32 letters, digits, “-”, “_” or “.”, without spaces.
fault-mac = A MAC address looks like 80:5e:c0:11:22:33; it stands on the phone’s label.
fault-model = Perch does not know this model: write for example yealink-t46u, snom-d785, or generic.
fault-no-phone = This phone is no longer there.
fault-sip-password-short = This password is too short: use at least { $least } characters.
fault-sip-password-plain = Use letters without accents, digits and signs.
fault-not-saved = It could not be saved: the disc is full or slow. Try again.

## Pages that cannot be shown

trouble-home = To the first page
trouble-not-found = This page is not here
trouble-not-found-text = Perhaps the address is mistyped, or what it showed was removed.
trouble-forged = This form is out of date
trouble-forged-text = Open the page again and repeat what you did. Your browser must allow cookies for Perch.
trouble-host = This is not the name of the box
trouble-host-text = Open these pages by the box’s address, for example http://192.168.1.10:8080, or by a name that ends in .local.
trouble-unreadable = This request cannot be read
trouble-unreadable-text = Open the page again and repeat what you did.
trouble-large = This is too much at once
trouble-large-text = Shorten what you typed and try again.
trouble-method = This cannot be done here
trouble-method-text = Open the page again and repeat what you did.
trouble-stopping = Perch is stopping
trouble-stopping-text = Wait a moment and load the page again.
trouble-crowded = Perch is busy
trouble-crowded-text = Wait a few seconds and try again.
trouble-bug = Something went wrong
trouble-bug-text = This is a fault of Perch, not yours. Calls go on. Try again.

## Months

month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

## Countries

country-AT = Austria
country-AU = Australia
country-BE = Belgium
country-BG = Bulgaria
country-CA = Canada
country-CH = Switzerland
country-CY = Cyprus
country-CZ = Czechia
country-DE = Germany
country-DK = Denmark
country-EE = Estonia
country-ES = Spain
country-FI = Finland
country-FR = France
country-GB = United Kingdom
country-GR = Greece
country-HR = Croatia
country-HU = Hungary
country-IE = Ireland
country-IS = Iceland
country-IT = Italy
country-LI = Liechtenstein
country-LT = Lithuania
country-LU = Luxembourg
country-LV = Latvia
country-MT = Malta
country-NL = Netherlands
country-NO = Norway
country-NZ = New Zealand
country-PL = Poland
country-PT = Portugal
country-RO = Romania
country-SE = Sweden
country-SI = Slovenia
country-SK = Slovakia
country-US = United States

# ---- values with a template behind them
value-template = Template
value-no-template = None
value-from-template = { $value } (from template { $template })
value-default = { $value } (default)
value-none = Nothing said (default)
value-hotdesk = May use hot desks
value-hotdesk_only = Own phones are silent during a login elsewhere
value-phone_native = May log in by a phone’s own hot-desk key
value-pin_required = A login needs a PIN
value-busy_level = Busy from this many calls on (0: never)
value-max_calls = Calls at once, at most (0: no limit)
value-language = Language
value-caller_id = Number shown outside
value-trunk = Outside line, by its address
value-account_template = Template of the SIP account
value-idle_calls = While nobody is logged in, this phone may call
value-borrowable = Others may log in here
value-server = Address of the box for a phone elsewhere
value-hotdesk_key = Key for the phone’s own hot-desk function
value-extra = Further lines of the phone’s file
extension-id = Hot-desk ID
extension-id-hint = Up to 10 digits to key at a login. Empty: the number serves. With 6 digits or more it serves at phones of other tenants too.
extension-hotdesk-pin = Another PIN for logins alone
extension-hotdesk-pin-hint = It counts at hot desks in place of the PIN. Leave it empty to keep things as they are.
extension-hotdesk-pin-away = Take the PIN for logins away
forwards = Where calls go that the phones do not take
forward-always = Every call
forward-busy = While busy
forward-unanswered = When nobody answers
forward-unreachable = While no phone is there
forward-seconds = Seconds of ringing until nobody has answered
device-location = Where it stands
device-location-hint = For whoever answers an emergency call: floor and room.
device-emergency-caller = Number shown at emergency calls
device-emergency-caller-hint = The emergency services call this desk back by it. Empty: the number of the line.
fault-range = Use a number from { $from } to { $to }.
fault-hotdesk-id = A hot-desk ID has up to 10 digits, for example 408317.
fault-id-taken = The hot-desk ID { $value } is taken: choose another.
fault-id-easy = This hot-desk ID is too easy to guess: take digits that are neither all the same nor in a row.
fault-id-is-extension = This is the number of extension { $number }: choose another hot-desk ID.
fault-pin-id = The PIN must not be the hot-desk ID.
fault-id-short = The hot-desk ID { $id } serves at phones of the own tenant alone: at those of others, an ID has at least 6 digits.
fault-forward-itself = Calls would come back to this extension: write another number.
fault-other-tenant = Extension { $number } belongs to another tenant.
fault-hotdesk-borrowed = A hot desk is there for everybody: only a phone with an owner can be borrowed.
fault-no-trunk = There is no outside line { $host }: write the address of one that is there.
fault-company-pin-known = This is the number or the hot-desk ID of somebody in the office: choose another.
fault-realm = This is no domain name: write for example office.perch.local.

# ---- hot desks: more settings
restart = When the box restarts
restart-keep = Logins go on
restart-end = Everybody is logged out
lockout-minutes = Minutes that wrong PINs close an extension or a phone to new logins
company-pin = Company PIN
company-pin-hint = One PIN for everybody, in place of each person’s own. Leave it empty for none.
company-pin-there = There is one. Leave it empty to keep it.
company-pin-away = Take the company PIN away
auto-logout = Automatic logout
auto-logout-hint = A login ends by itself when one of these comes true. What is empty never ends one. Nobody is logged out during a call.
auto-logout-after = Minutes after the login
auto-logout-idle = Minutes without a call
auto-logout-gone = Minutes since the phone was last there
auto-logout-at = At this time of day
auto-logout-days = On these days
weekday-mon = Monday
weekday-tue = Tuesday
weekday-wed = Wednesday
weekday-thu = Thursday
weekday-fri = Friday
weekday-sat = Saturday
weekday-sun = Sunday
fault-time = Write a time of day like 20:00.
fault-days = Choose at least one day.
networks = Trusted networks
networks-hint = Phones there may log in by a hot-desk key of their own. While the list is empty, no phone may.
networks-label = One network a line, and what it is behind it
fault-network = “{ $network }” is no network: write for example 192.168.1.0/24 or 2001:db8::/64. A single phone is 192.168.1.7/32.
code-new = Another code
code-remove-hint = Empty a code to remove it.
profile = Take the codes of
profile-hint = All codes above are replaced by these.
profile-take = Take these codes
profile-all = All systems: every way to log in (recommended)
profile-kalliope = Kalliope: call one’s own number, *400 to log out
profile-fusionpbx = FusionPBX: *072 and *073
profile-3cx = 3CX: *77* and the number, *77*5* to log out
profile-kazoo = Kazoo: *11, *12 and *13
profile-infinity = Infinity: the phone’s own hot-desk key, no code
profile-none = None for now: only these pages log people in
setup-plan-hint = Everything can be changed later, under Settings.

# ---- tenants and templates
tenants-title = Organisations
tenants-hint = Several organisations can share the box and see nothing of each other. Extensions of another one than the first are written with its word, as 100@acme.
tenant-title = Organisation
tenant-new = Another organisation
tenant-id = Its word
tenant-id-hint = A letter, then letters, digits or “-”, in lower case: for example acme. It cannot change.
tenant-add = Add the organisation
tenant-extensions = { $n ->
    [one] One extension,
   *[other] { $n } extensions,
}
tenant-phones = { $n ->
    [one] one phone
   *[other] { $n } phones
}
tenant-realm = SIP domain
tenant-realm-hint = No two organisations have the same. Phones register anew when it changes.
remove-tenant-title = Remove the organisation?
remove-tenant-text = { $name } goes, with its settings, codes and templates. Its extensions and phones must be gone before.
remove-tenant = Remove the organisation
fault-tenant-id = Use a letter, then letters, digits or “-”, at most 20 in lower case.
fault-tenant-not-empty = It still has { $things }. Remove them first.
fault-template-in-use = It is still used by { $users }. Give them another template first.
templates-title = Templates
templates-hint = A template holds values for many extensions, accounts or phones. What one of them says itself comes first.
templates-none = There is no template yet.
template-title = Template
template-new = Another template
template-kind = For
template-kind-extension = Extensions
template-kind-account = SIP accounts
template-kind-device = Phones
template-name = Name
template-add = Add the template
template-remove = Remove the template
fault-template-name = Use up to 32 letters, digits, “-” or “_”, without spaces.
value-register_every = Seconds between registrations
value-tcp = TCP in place of UDP
