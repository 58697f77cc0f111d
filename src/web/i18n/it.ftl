# Le parole delle pagine in italiano. Semplici e brevi; nessun termine da cercare sul dizionario.

language-en = English
language-it = Italiano
language-de = Deutsch
language-fr = Français
language-es = Español
languages = Lingua
skip = Vai al contenuto
nav = Pagine
nav-status = Chi è dove
nav-phones = Telefoni
nav-extensions = Interni
nav-calls = Chiamate
nav-journal = Registro
nav-settings = Impostazioni
sign-out = Esci
next = Avanti
save = Salva
cancel = Annulla
choose = Scegliere
yes = Sì
no = No
find = Cerca
find-all = Mostra tutti
find-desk = Postazione, persona o numero
find-phone = Telefono, indirizzo MAC, persona o numero
find-extension = Nome o numero
find-nothing = Niente corrisponde a «{ $find }».
pages = Pagine di questo elenco
pages-before = Indietro
pages-after = Oltre
pages-shown = da { $from } a { $to } di { $total }
person-placeholder = Numero o nome
skip-step = Salta per ora
live-refreshed = La pagina è stata aggiornata.
reachable = Collegato
unreachable = Non collegato

## Avvisi su ogni pagina

emergency-missing = Le chiamate di emergenza non possono uscire dall’edificio.
emergency-missing-todo = Scegliere un interno che risponda, oppure indicare una linea esterna.
emergency-missing-link = Imposta adesso
store-trouble = Perch non riesce a salvare.
store-trouble-full = Il disco è pieno: togliere qualcosa. Le chiamate continuano; ciò che cambia ora resta in memoria, e si salva appena c’è spazio.
store-trouble-refused = Il disco non prende ciò che Perch scrive: controllare il disco o il suo cavo. Le chiamate continuano; ciò che cambia ora resta in memoria.
store-trouble-broken = I dati salvati sono rovinati o irraggiungibili: riavviare Perch, che si ripara da sé. Le chiamate continuano, ma fino ad allora nulla si salva.
findings = All’avvio di Perch:
findings-read = Ho letto
finding-damaged = I dati salvati erano rovinati; la copia rovinata è messa da parte.
finding-missing = I dati salvati non c’erano più.
finding-restored = Perch è ripartito dalla copia fatta il { $moment }. Guardare se ci sono le ultime modifiche.
finding-nothing = Non c’era una copia buona da cui ripartire, quindi tutto è vuoto. Applicare di nuovo il file dell’ufficio.
finding-dropped = { $n ->
    [one] Una voce non si è potuta
   *[other] { $n } voci non si sono potute
 } leggere. Guardare se c’è tutto.
finding-lost = Il disco ha perso le ultime modifiche, anche se le aveva confermate. Sostituirlo presto, e guardare che cosa manca.
finding-full = Il disco era pieno. Togliere qualcosa.

## Che cosa è appena successo

note-accepted = Il telefono è accettato. Fra un attimo prende le sue impostazioni.
note-dismissed = Il telefono è stato tolto dall’elenco. Ritorna quando chiede di nuovo.
note-removed = Il telefono è stato rimosso.
note-saved = Salvato.
note-saved-later = Fatto, ma non ancora salvato: il disco è pieno o lento. Perch continua a provare.
note-logged-in = Accesso fatto. Le chiamate seguono subito, lo schermo fra qualche secondo.
note-logged-out = Uscita fatta.
note-extension-added = L’interno è stato aggiunto.
note-extension-removed = L’interno è stato rimosso.
note-phone-added = Il telefono è stato aggiunto.
note-pin-changed = C’è un nuovo PIN.
note-password-changed = La password è cambiata. Tutti gli altri sono usciti.
note-signed-out = Siete usciti.
note-unlocked = Gli accessi sono di nuovo aperti.
note-webhook-removed = Il destinatario non riceve più nulla.
note-ended-all = Tutti sono usciti.
note-nobody-anywhere = Non c’era nessuno a nessun telefono.
note-token-withdrawn = Il gettone non apre più nulla.
note-not-saved = Non si è potuto salvare: il disco è pieno o lento. Riprovare.
note-findings-read = Messo via fino al prossimo avvio.
note-welcome = Perch è pronto. Ora collegate i telefoni.
note-refused-unknown-extension = Questo interno non esiste.
note-refused-not-allowed = Questo interno non può usare le postazioni condivise. Si permette nella pagina dell’interno.
note-refused-not-a-hot-desk = Questo telefono non è una postazione condivisa.
note-refused-wrong-pin = Il PIN è sbagliato.
note-refused-locked = Troppi PIN sbagliati. Riprovare più tardi, o riaprire dalla prima pagina.
note-refused-busy-elsewhere = Questo interno è già a un altro telefono, e l’ufficio non permette un secondo accesso. Prima farlo uscire di là.
note-refused-already-here = Questo interno è già a questo telefono.
note-refused-unknown-device = Questo telefono non c’è più.
note-nobody-there = A questo telefono non c’era nessuno.
note-gone = Questo telefono non c’è più.
note-set-up-done = La configurazione è già fatta. Entrare con la password.
note-code-again = È passato troppo tempo. Inserire di nuovo il codice.

## Prima configurazione

setup-steps = Passi della configurazione
setup-step-code = Codice
setup-step-password = Password
setup-step-office = Ufficio
setup-step-extensions = Interni
setup-step-emergency = Emergenza
setup-code-title = Benvenuti in Perch
setup-code-text = Prima di tutto, la prova che l’apparecchio è vostro: inserire il codice che mostra.
setup-code = Codice di configurazione
setup-code-hint = Si trova dove Perch è stato avviato: sullo schermo dell’apparecchio o nel suo registro. «perch token --setup» lo mostra di nuovo.
setup-code-wrong = Il codice non è questo. { $n ->
    [one] Resta un tentativo.
   *[other] Restano { $n } tentativi.
 }
setup-code-spent = Questo codice non vale più: è stato usato, o provato troppe volte. Chiederne uno nuovo sull’apparecchio con «perch token --setup», o riavviare Perch.
setup-password-title = Scegliere una password
setup-password-text = Serve per entrare in queste pagine. Conservarla in un posto sicuro.
setup-office-title = Il vostro ufficio
setup-office-text = Da qui dipendono numeri di emergenza, toni e voci.
setup-plan = Accesso alle postazioni condivise
setup-extensions-title = Interni
setup-extensions-text = Un interno è il numero di telefono di una persona in ufficio. Aggiungerne alcuni ora, gli altri più tardi.
setup-emergency-title = Chiamate di emergenza
setup-finish = Fine

## Password e ingresso

password = Password
password-again = Ancora la password
password-hint = Almeno { $shortest } caratteri. Tre o quattro parole si ricordano bene.
password-short = Questa password è troppo corta: usare almeno { $shortest } caratteri.
password-long = Questa password è troppo lunga: usare al massimo { $longest } caratteri.
password-simple = Questa password è troppo semplice: mescolare più caratteri diversi.
password-common = Questa password è fra le prime che chiunque prova: sceglierne un’altra.
password-differs = Le due password non sono uguali.
password-present = Password attuale
password-new = Nuova password
password-change = Cambia password
login-title = Ingresso
login-password = Password dell’amministratore
login-button = Entra
login-wrong = Questa password è sbagliata.
login-wait = Troppi tentativi. Aspettare { $n ->
    [one] un secondo
   *[other] { $n } secondi
 } e riprovare.
login-forgotten = Dimenticata? «perch reset», scritto sull’apparecchio stesso, permette di configurare Perch da capo.

## Chi è dove

status-title = Chi è dove
status-waiting = { $n ->
    [one] Un nuovo telefono è in attesa.
   *[other] { $n } nuovi telefoni sono in attesa.
 }
status-waiting-look = Vedi
status-emergencies = Chiamate di emergenza
emergency-out-under-way = Chiamata al { $number } in corso da { $place }; la chiamata esce.
emergency-out-answered = { $number } è stato chiamato da { $place }; la chiamata è uscita e ha avuto risposta.
emergency-out-unanswered = { $number } è stato chiamato da { $place }; la chiamata è uscita.
emergency-inside-under-way = Chiamata al { $number } in corso da { $place }; squilla l’interno dell’ufficio.
emergency-inside-answered = { $number } è stato chiamato da { $place }; ha risposto l’interno dell’ufficio.
emergency-inside-unanswered = { $number } è stato chiamato da { $place }; ha squillato l’interno dell’ufficio.
emergency-nowhere = { $number } è stato chiamato da { $place }; la chiamata non è potuta uscire.
emergency-failed-pill = nessuna risposta
lockouts = Chiusi dopo PIN sbagliati
lockout-extension = { $name }: tre PIN sbagliati. Nessuno può accedere con questo numero fino alle { $moment }.
lockout-device = { $name }: tre PIN sbagliati. Nessuno può accedere a questo telefono fino alle { $moment }.
lockout-address = { $name } nella rete: tre PIN sbagliati. Nessuno può accedere da lì fino alle { $moment }.
lockout-open = Riapri
lockout-pill = chiuso agli accessi
status-desks = Postazioni condivise
status-no-desks = Non ci sono ancora postazioni condivise. Collegare un telefono e accettarlo come tale.
status-no-desks-link = Collega i telefoni
status-phones = Altri telefoni
status-no-phones = Nessuno.
status-more-phones = { $n ->
    [one] Un altro sta sotto Telefoni.
   *[other] Altri { $n } stanno sotto Telefoni.
 }
status-calls = Chiamate in corso
status-no-calls = Nessuno è al telefono.
status-more-calls = { $n ->
    [one] E un’altra.
   *[other] E altre { $n }.
 }
status-panel = Lo schermo dell’apparecchio
status-panel-alt = Quello che mostra il piccolo schermo dell’apparecchio
desk-free = Libera
desk-since = dalle { $moment }, { $method }
method-own-extension = chiamando il proprio numero
method-code = con il codice
method-page = da queste pagine
method-api = da un altro programma
method-prompts = con un codice, ID e PIN
method-phone-native = con il tasto del telefono
desk-late = non ha ancora seguito
desk-stranded = non può chiamare i numeri di emergenza
desk-not-saved = non ancora salvato
desk-login-label = Far accedere qualcuno a { $name }
desk-login = Accedi
desk-logout = Fai uscire
desk-nobody-may = Nessuno può ancora usare le postazioni condivise. Si permette nella pagina di un interno.
stage-routing = sta per essere avvisato
stage-waiting-for-call = cambia dopo la chiamata
stage-notified = avvisato, prende le impostazioni
stage-fetched = ha le impostazioni, sta per collegarsi
call-ringing = squilla
call-talking = in corso

## Telefoni

devices-title = Telefoni
devices-add = Aggiungi un telefono a mano
devices-waiting = In attesa di essere accettati
devices-again = Questo telefono era già accettato come { $name } e ha perso le impostazioni. Accettarlo solo se qualcuno lo ha azzerato.
devices-more-waiting = { $n ->
    [one] Un altro telefono è in attesa.
   *[other] Altri { $n } telefoni sono in attesa.
 }
devices-accepted = Telefoni accettati
devices-none = Ancora nessuno.
devices-how = Collegare un telefono
devices-how-auto = Collegare un telefono Yealink o Snom alla rete dell’ufficio e accenderlo. Quasi tutti trovano Perch da soli e compaiono qui entro un minuto.
devices-how-url = Se uno non compare, scrivere nel telefono questo indirizzo:
how-yealink = Su un telefono Yealink
how-yealink-1 = Trovare l’indirizzo del telefono: premere OK, sta accanto a «IPv4». Aprirlo in un browser ed entrare.
how-yealink-2 = Andare in Settings, poi Auto Provision, e scrivere l’indirizzo in «Server URL».
how-yealink-3 = Premere Confirm, poi «Auto Provision Now».
how-snom = Su un telefono Snom
how-snom-1 = Trovare l’indirizzo del telefono nel suo menu, alla voce Informazioni. Aprirlo in un browser.
how-snom-2 = Andare in Advanced, poi Update, e scrivere l’indirizzo in «Setting URL».
how-snom-3 = Premere Apply, poi Reboot.
how-other = Su un altro telefono o un softphone
how-other-text = Aggiungerlo qui a mano, poi scrivere nel telefono l’account che Perch mostra.
accept = Accetta
accept-hotdesk = Accetta come postazione condivisa
accept-owner = oppure come telefono di
dismiss = Non ora
use-hotdesk = Postazione condivisa, per chi accede
use-hotdesk-short = Condivisa
use-owner = Il telefono di
use-owned-short = Personale
device-title = Telefono
device-at = su { $address }
device-name = Nome
device-name-hint = Per esempio Scrivania-1 o Cucina. Lettere, cifre, «-», «_» e «.», senza spazi.
device-model = Modello
device-use = Uso
device-user = Chi
device-state = Stato
device-ready = Pronto
device-mac = Indirizzo MAC
device-screen = Nome sullo schermo
device-address = Indirizzo
device-now = Adesso
device-waits = In attesa di essere accettato
device-stranded-hint = Questo telefono non è tornato da quando il suo utente si è disconnesso con il tasto del telefono. Fino ad allora non può chiamare nessuno, nemmeno i numeri di emergenza. Spenga e riaccenda il telefono.
device-late-hint = Le chiamate arrivano comunque alla persona giusta, ma lo schermo può essere sbagliato. Se dura, spegnere e riaccendere il telefono.
device-edit = Nome e uso
device-accept = Accettare questo telefono
device-url = Il suo indirizzo delle impostazioni
device-url-text = Da scrivere nel telefono se ha perso le impostazioni. Tenerlo per sé: chi lo ha può usare l’account di questo telefono.
device-new-title = Aggiungere un telefono a mano
device-new-text = Per softphone e telefoni di altre marche. I telefoni Yealink e Snom compaiono da soli; aggiungerli qui solo per prepararli.
device-new-name-hint = Per esempio Ingresso. Lettere, cifre, «-», «_» e «.», senza spazi.
device-new-model-hint = «generic» per un telefono configurato a mano; altrimenti per esempio yealink-t46u o snom-d785.
device-new-mac-hint = Solo per Yealink e Snom: sta sull’etichetta del telefono.
model-generic = Configurato a mano
remove-phone = Rimuovi questo telefono
remove-phone-title = Rimuovere questo telefono?
remove-phone-text = { $name } non potrà più chiamare, nemmeno i numeri di emergenza.
sip-title = L’account da scrivere
sip-text = Da scrivere nel telefono o nel softphone.
sip-user = Nome utente
sip-password = Password
sip-reveal = Mostra la password
sip-server = Server
sip-domain = Dominio
sip-domain-hint = Solo se il telefono lo chiede.

## Interni

extensions-title = Interni
extensions-none = Non ci sono ancora interni. Un interno è il numero di telefono di una persona in ufficio.
extension-title = Interno
extension-new-title = Aggiungere un interno
extension-add = Aggiungi un interno
extension-open = Apri
extension-number = Numero
extension-name = Nome
extension-hotdesk = Può usare le postazioni condivise
extension-hotdesk-hint = Accede a ogni postazione condivisa con il numero e un PIN.
extension-hotdesk-short = Condivisa
extension-where = Raggiungibile a
extension-nowhere = ora da nessuna parte
extension-no-pin = senza PIN
extension-pin = PIN
extension-pin-hint = Da 4 a 10 cifre. Se resta vuoto, Perch ne sceglie uno.
extension-pin-keep = Lasciare vuoto per tenere quello attuale.
extension-new-pin = Un altro PIN
extension-has-pin = Questo interno ha un PIN.
extension-lacks-pin = Questo interno non ha un PIN: nessuno può accedere con esso a un telefono.
extension-pin-show = Mostra il PIN
extension-pin-make = Crea un nuovo PIN
extension-pin-tell = Dirlo solo a questa persona.
extension-edit = Nome e postazioni
keys = Tasti
keys-hint = Seguono su qualsiasi telefono in uso. Ambedue chiamano: una spia un vostro interno, una chiamata rapida qualsiasi numero. Le spie stesse non si accendono ancora.
key-place = Tasto { $place }
key-kind = Tipo
key-lamp = Spia di un interno
key-speed = Chiamata rapida
key-label = Testo accanto al tasto
remove-extension = Rimuovi questo interno
remove-extension-title = Rimuovere questo interno?
remove-extension-text = L’interno { $number } { $name } sparisce e il suo accesso finisce.

## Chiamate

calls-title = Chiamate
calls-none = Non ci sono ancora chiamate.
calls-older = Chiamate più vecchie
call-when = Quando
call-from = Da
call-to = A
call-outcome = Esito
call-lasted = Durata
call-voice = Menu vocale
call-emergency = Emergenza
outcome-answered = risposta
outcome-cancelled = rinunciata
outcome-not-answered = senza risposta
outcome-busy = occupato
outcome-failed = fallita

## Registro

journal-title = Registro
journal-none = Non è ancora successo nulla.
journal-nothing-fits = Nessun risultato. Provare un altro numero, telefono o giorno.
journal-older = Voci precedenti
journal-files = Tutto in un file:
journal-extension = Interno
journal-from = Dal
journal-to = Al
journal-when = Quando
journal-what = Che cosa
journal-who = Chi
journal-phone = Telefono
journal-why = Come, o perché
journal-logged-in = Accesso
journal-logged-out = Uscita
journal-refused = Accesso rifiutato
journal-more-refused = { $n ->
    [one] Un altro accesso rifiutato
   *[other] Altri { $n } accessi rifiutati
 }
journal-closed = Chiuso dopo PIN sbagliati
journal-opened = Riaperto dall’amministratore
journal-tenant-added = Cliente aggiunto
journal-tenant-changed = Impostazioni cambiate
journal-tenant-removed = Cliente eliminato
journal-extension-added = Interno aggiunto
journal-extension-changed = Interno cambiato
journal-extension-removed = Interno eliminato
journal-phone-added = Telefono accettato
journal-phone-changed = Telefono cambiato
journal-phone-removed = Telefono eliminato
journal-more-changed = { $n ->
    [one] Un’altra cosa cambiata insieme
   *[other] Altre { $n } cose cambiate insieme
 }
journal-ended = { $why }; dalle { $since }
ended-code = con un codice o un tasto del telefono
ended-page = da queste pagine
ended-api = da un altro programma
ended-moved = accesso a un altro telefono
ended-displaced = un’altra persona ha fatto l’accesso qui
ended-extension-removed = l’interno è stato eliminato, o non può più usare le postazioni condivise
ended-device-removed = il telefono è stato eliminato, o non è più una postazione condivisa
ended-other-phone = da un altro telefono
ended-phone-native = con il tasto del telefono
ended-age = accesso durato troppo a lungo
ended-idle = troppo tempo senza chiamate
ended-clock = all’ora stabilita
ended-gone = telefono assente da troppo tempo
ended-restart = Perch è stato riavviato
refused-unknown-extension = interno inesistente
refused-not-allowed = non può usare le postazioni condivise
refused-not-a-hot-desk = il telefono non è una postazione condivisa
refused-wrong-pin = PIN sbagliato
refused-locked = chiuso dopo PIN sbagliati
refused-busy-elsewhere = accesso già attivo a un altro telefono
refused-already-here = accesso già attivo a questo telefono
refused-unknown-device = telefono inesistente

## Impostazioni

settings-title = Impostazioni
settings-office = Ufficio
settings-emergency = Chiamate di emergenza
settings-desks = Postazioni condivise
settings-password = Password
office-name = Nome dell’ufficio
office-country = Paese
office-country-hint = Da qui dipendono i numeri di emergenza.
office-language = Lingua
office-language-hint = Dei telefoni e della voce. Queste pagine parlano inglese e italiano.
office-timezone = Fuso orario
office-timezone-country = Quello del paese
emergency-text = Una chiamata a { $numbers } va sulla linea esterna, se c’è; altrimenti squilla all’interno scelto qui.
emergency-extension = Interno che risponde alle chiamate di emergenza
emergency-extension-none = Nessuno
emergency-extension-hint = Vicino a questo telefono ci deve sempre essere qualcuno che possa chiamare aiuto.
emergency-numbers = Numeri di emergenza
emergency-numbers-hint = Lasciare vuoto per avere quelli del proprio paese: { $numbers }. Altri si scrivono con uno spazio fra l’uno e l’altro, prima il più generale.
emergency-none = Nessun numero di emergenza
emergency-none-title = Nessun numero di emergenza?
emergency-none-text = Le chiamate a { $numbers } saranno chiamate come le altre: una postazione libera non le può fare, e può darsi che non escano. Farlo solo dove c’è un altro telefono per chiamare aiuto.
trunk-host = Linea esterna: server
trunk-host-hint = Il nome o l’indirizzo dato dal gestore telefonico o dal gateway. Lasciare vuoto se non c’è.
trunk-port = Porta
policy = Quando qualcuno accede a un secondo telefono
policy-move = Esce dal primo telefono
policy-refuse = Il secondo accesso è rifiutato
policy-several = Squillano tutti e due
idle = Che cosa può chiamare una postazione libera
idle-emergency-only = Solo i numeri di emergenza e i codici di accesso
idle-internal = Anche gli interni dell’ufficio
idle-all = Tutto
codes = Codici da comporre
codes-hint = X sta per il numero dell’interno. Un codice che comincia con * non nasconde mai un interno.
code-own-extension = Accedere chiamando il proprio numero da una postazione libera
code-login = Accedere con il numero nel codice
code-logout = Uscire
code-login-with-prompts = Accesso: la voce chiede ID e PIN
code-logout-with-prompts = Disconnessione da qualsiasi telefono: la voce chiede ID e PIN
code-toggle = Disattivare i propri telefoni, o riattivarli

tokens = Altri programmi
tokens-hint = Un programma che interroga Perch ha bisogno di un gettone. «perch token», scritto sull’apparecchio, ne crea uno; si mostra una volta sola.
tokens-none = Non ci sono gettoni.
tokens-row = creato { $made }, usato l’ultima volta { $used }
tokens-withdraw = Ritira
end-all = Fai uscire tutti
end-all-title = Far uscire tutti?
end-all-text = { $n ->
    [one] Una persona è a una postazione. Le sue chiamate squillano poi solo ai suoi telefoni.
   *[other] { $n } accessi sono in corso. Le chiamate squillano poi solo ai telefoni propri di ciascuno.
 }

webhooks = Webhook
webhooks-hint = Perch può dire subito ad altri programmi che cosa succede: manda ogni evento agli indirizzi elencati qui, firmato con un segreto. docs/api.md dice come verificare la firma.
webhooks-secret = Il destinatario è stato aggiunto. Questo è il suo segreto; si mostra solo adesso:
webhooks-all = tutti gli eventi
webhooks-good = ultima consegna { $when }
webhooks-none-yet = nessuna consegna dall’avvio
webhooks-failing = Non riesce da { $since }: { $why }
webhooks-waiting = { $n ->
    [one] Un evento attende.
   *[other] { $n } eventi attendono.
 }
webhooks-missed = { $n ->
    [one] Un evento è andato perso.
   *[other] { $n } eventi sono andati persi.
 }
webhooks-test = Manda una prova
webhooks-tested = Il destinatario ha preso la prova e ha risposto { $status }.
webhooks-test-failed = La prova non è stata presa: { $why }
webhooks-remove = Rimuovi
webhooks-remove-title = Rimuovere questo destinatario?
webhooks-remove-text = A { $url } non si manda poi più nulla, e il suo segreto è dimenticato.
webhooks-url = Indirizzo
webhooks-url-hint = Comincia con https:// o http://.
webhooks-some = Solo alcuni eventi
webhooks-add = Aggiungi un destinatario
hook-status = ha risposto { $status }, non 200. Guardare nel suo registro.
hook-slow = non ha risposto entro { $seconds } secondi.
hook-name = il suo nome non porta a nulla. Controllare come è scritto.
hook-unreachable = al suo indirizzo non risponde nessuno. Controllare nome, porta e firewall.
hook-certificate = i browser non si fidano del suo certificato per questo nome.
hook-garbled = la sua risposta non è HTTP. Controllare la porta, e http:// o https://.
fault-webhook-url = Non è un indirizzo a cui si possano mandare eventi: comincia con https:// o http://, ha al massimo 1000 caratteri e nessun nome utente.
fault-webhook-many = Ci sono già { $most } destinatari. Prima rimuoverne uno.
today = oggi

## Che cosa non va in un campo

fault-empty = Da compilare.
fault-choice = Scegliere fra le voci offerte.
fault-too-long = È troppo lungo: usare al massimo { $most } caratteri.
fault-unprintable = C’è un carattere invisibile: scriverlo di nuovo.
fault-too-many = Sono più di { $most }: Perch non ne tiene tanti.
fault-twice = «{ $value }» c’è già.
fault-not-dialable = Non si può comporre: usare fino a 32 cifre, «*», «#» e un «+» davanti.
fault-twice-extension = L’interno { $value } c’è già: scegliere un altro numero.
fault-twice-mac = Un telefono con l’indirizzo MAC { $value } c’è già.
fault-twice-name = Un telefono di nome «{ $value }» c’è già: scegliere un altro nome.
fault-twice-sip-user = Il nome utente «{ $value }» è già preso: scegliere un altro nome.
fault-country = Perch non conosce i numeri di emergenza di questo paese.
fault-country-missing = Scegliere il paese.
fault-timezone = Questo non è un fuso orario.
fault-timezone-missing = Questo paese ha più fusi orari: sceglierne uno.
fault-host = Non è né un nome né un indirizzo: scrivere per esempio sip.example.com o 192.0.2.7.
fault-port = Una porta è un numero da 1 a 65535.
fault-extension-number = Un interno ha da 1 a 8 cifre, per esempio 100.
fault-no-extension = L’interno { $number } non esiste.
fault-emergency-number = { $number } è, o comincia con, il numero di emergenza { $emergency }: sceglierne un altro.
fault-emergency-digits = { $number } non è un numero di emergenza: usare da 2 a 8 cifre, come 112.
fault-emergency-left-out = Nel proprio paese si chiama aiuto anche con { $numbers }: qui è una chiamata come le altre. Aggiungerlo, oppure vuotare il campo.
fault-pin-digits = Un PIN ha da 4 a 10 cifre.
fault-pin-easy = Questo PIN si indovina troppo facilmente: usare cifre né tutte uguali né in fila.
fault-pin-number = Il PIN non deve essere il numero dell’interno.
fault-owns-phones = Ha ancora { $phones }. Prima rimuovere il telefono o darlo a qualcun altro.
fault-takes-emergency = Qui squillano le chiamate di emergenza. Prima scegliere un altro interno nelle Impostazioni.
fault-code-is-extension = Il codice { $code } nasconderebbe l’interno { $number }.
fault-code-shadowed = L’interno { $number } non può accedere con il codice, perché { $code } significa altro. Può accedere chiamando il proprio numero dal telefono.
fault-code-shadowed-fully = L’interno { $number } non può accedere con il codice, perché { $code } significa altro. Scegliere un altro numero, o un altro codice nelle Impostazioni.
fault-not-a-code = Un codice ha fino a 16 cifre, «*» e «#», e una X dove si compone l’interno.
fault-code-not-wanted = Qui non c’è un codice: si compone il proprio numero.
fault-code-needs-x = In questo codice serve una X, dove si compone l’interno: per esempio *77*X*.
fault-code-without-x = Questo codice non prende un interno: togliere la X.
fault-codes-collide = I codici { $first } e { $second } si scontrano: comporne uno potrebbe significare l’altro. Cambiarne uno o spegnerlo.
fault-unnamed = Dare un nome al telefono, o scrivere l’indirizzo MAC della sua etichetta.
fault-of-nobody = Indicare di chi è il telefono, o che è una postazione condivisa.
fault-sip-login-made = L’account di questo telefono lo fa Perch.
fault-extra-long = Queste righe superano insieme { $most } KiB: toglierne alcune.
fault-extra-yealink = La riga { $line } non è un’impostazione di un telefono Yealink: scrivere ad esempio «account.1.ringtone = Ring2.wav».
fault-extra-snom = La riga { $line } non è un’impostazione di un telefono Snom: scrivere ad esempio «<ringer>Ringer2</ringer>».
fault-extra-by-hand = Per questo telefono Perch non scrive file: togliere le righe.
fault-name-reserved = Nomi come questo li dà Perch: sceglierne un altro.
fault-name-is-extension = Questo è il numero di un interno: scegliere un altro nome.
fault-device-name = Usare fino a 32 lettere, cifre, «-», «_» o «.», senza spazi.
fault-mac = Un indirizzo MAC è come 80:5e:c0:11:22:33; sta sull’etichetta del telefono.
fault-model = Perch non conosce questo modello: scrivere per esempio yealink-t46u, snom-d785 o generic.
fault-no-phone = Questo telefono non c’è più.
fault-sip-password-short = Questa password è troppo corta: usare almeno { $least } caratteri.
fault-sip-password-plain = Usare lettere senza accenti, cifre e segni.
fault-not-saved = Non è stato possibile salvare: il disco è pieno o lento. Riprovare.

## Pagine che non si possono mostrare

trouble-home = Alla prima pagina
trouble-not-found = Questa pagina non c’è
trouble-not-found-text = Forse l’indirizzo è sbagliato, o ciò che mostrava è stato rimosso.
trouble-forged = Questo modulo è scaduto
trouble-forged-text = Aprire di nuovo la pagina e ripetere. Il browser deve permettere i cookie di Perch.
trouble-host = Questo non è il nome dell’apparecchio
trouble-host-text = Aprire queste pagine con l’indirizzo dell’apparecchio, per esempio http://192.168.1.10:8080, o con un nome che finisce in .local.
trouble-unreadable = Questa richiesta non si può leggere
trouble-unreadable-text = Aprire di nuovo la pagina e ripetere.
trouble-large = È troppo in una volta
trouble-large-text = Accorciare il testo e riprovare.
trouble-method = Qui non si può fare
trouble-method-text = Aprire di nuovo la pagina e ripetere.
trouble-stopping = Perch si sta fermando
trouble-stopping-text = Aspettare un momento e ricaricare la pagina.
trouble-crowded = Perch è occupato
trouble-crowded-text = Aspettare qualche secondo e riprovare.
trouble-bug = Qualcosa è andato storto
trouble-bug-text = È un errore di Perch, non vostro. Le chiamate continuano. Riprovare.

## Mesi

month-1 = gennaio
month-2 = febbraio
month-3 = marzo
month-4 = aprile
month-5 = maggio
month-6 = giugno
month-7 = luglio
month-8 = agosto
month-9 = settembre
month-10 = ottobre
month-11 = novembre
month-12 = dicembre

## Paesi

country-AT = Austria
country-AU = Australia
country-BE = Belgio
country-BG = Bulgaria
country-CA = Canada
country-CH = Svizzera
country-CY = Cipro
country-CZ = Cechia
country-DE = Germania
country-DK = Danimarca
country-EE = Estonia
country-ES = Spagna
country-FI = Finlandia
country-FR = Francia
country-GB = Regno Unito
country-GR = Grecia
country-HR = Croazia
country-HU = Ungheria
country-IE = Irlanda
country-IS = Islanda
country-IT = Italia
country-LI = Liechtenstein
country-LT = Lituania
country-LU = Lussemburgo
country-LV = Lettonia
country-MT = Malta
country-NL = Paesi Bassi
country-NO = Norvegia
country-NZ = Nuova Zelanda
country-PL = Polonia
country-PT = Portogallo
country-RO = Romania
country-SE = Svezia
country-SI = Slovenia
country-SK = Slovacchia
country-US = Stati Uniti

# ---- valori con un modello alle spalle
value-template = Modello
value-no-template = Nessuno
value-from-template = { $value } (dal modello { $template })
value-default = { $value } (predefinito)
value-none = Niente di indicato (predefinito)
value-hotdesk = Può usare le postazioni condivise
value-hotdesk_only = I telefoni propri tacciono durante un accesso altrove
value-phone_native = Può accedere con il tasto hot desk del telefono stesso
value-pin_required = L’accesso richiede un PIN
value-busy_level = Occupato a partire da tante chiamate (0: mai)
value-max_calls = Chiamate contemporanee, al massimo (0: senza limite)
value-language = Lingua
value-caller_id = Numero mostrato all’esterno
value-trunk = Linea esterna, con il suo indirizzo
value-account_template = Modello dell’account SIP
value-idle_calls = Finché nessuno ha effettuato l’accesso, questo telefono può chiamare
value-borrowable = Anche altri possono accedere qui
value-server = Indirizzo dell’apparecchio per un telefono altrove
value-hotdesk_key = Tasto per la funzione hot desk del telefono stesso
value-extra = Altre righe del file del telefono
extension-id = ID per l’accesso
extension-id-hint = Fino a 10 cifre da comporre per accedere. Vuoto: vale il numero. Con 6 cifre o più vale anche ai telefoni di altre organizzazioni.
extension-hotdesk-pin = Un altro PIN solo per gli accessi
extension-hotdesk-pin-hint = Alle postazioni condivise vale al posto del PIN. Lasciare vuoto per non cambiare nulla.
extension-hotdesk-pin-away = Togliere il PIN per gli accessi
forwards = Dove vanno le chiamate che i telefoni non prendono
forward-always = Ogni chiamata
forward-busy = Mentre è occupato
forward-unanswered = Quando nessuno risponde
forward-unreachable = Mentre nessun telefono è raggiungibile
forward-seconds = Secondi di squillo dopo i quali nessuno ha risposto
device-location = Dove si trova
device-location-hint = Per chi risponde a una chiamata di emergenza: piano e stanza.
device-emergency-caller = Numero mostrato nelle chiamate di emergenza
device-emergency-caller-hint = Con esso i soccorsi richiamano questa postazione. Vuoto: il numero della linea.
fault-range = Usare un numero da { $from } a { $to }.
fault-hotdesk-id = Un ID per l’accesso ha fino a 10 cifre, per esempio 408317.
fault-id-taken = L’ID { $value } è già usato: sceglierne un altro.
fault-id-easy = Questo ID è troppo facile da indovinare: usare cifre né tutte uguali né in fila.
fault-id-is-extension = Questo è il numero dell’interno { $number }: scegliere un altro ID.
fault-pin-id = Il PIN non può essere l’ID per l’accesso.
fault-id-short = L’ID { $id } vale solo ai telefoni della propria organizzazione: a quelli di altre, un ID ha almeno 6 cifre.
fault-forward-itself = Le chiamate tornerebbero a questo interno: scrivere un altro numero.
fault-other-tenant = L’interno { $number } appartiene a un’altra organizzazione.
fault-hotdesk-borrowed = Una postazione condivisa è già di tutti: solo un telefono con un proprietario si può prestare.
fault-no-trunk = Non c’è una linea esterna { $host }: scrivere l’indirizzo di una che c’è.
fault-company-pin-known = Questo è il numero o l’ID di qualcuno in ufficio: sceglierne un altro.
fault-realm = Questo non è un nome di dominio: scrivere per esempio office.perch.local.

# ---- postazioni condivise: altre impostazioni
restart = Quando l’apparecchio si riavvia
restart-keep = Gli accessi continuano
restart-end = Tutti escono
lockout-minutes = Minuti per cui dei PIN errati chiudono un interno o un telefono ai nuovi accessi
company-pin = PIN aziendale
company-pin-hint = Un PIN per tutti, al posto di quello di ciascuno. Lasciare vuoto per non averne.
company-pin-there = Ce n’è uno. Lasciare vuoto per mantenerlo.
company-pin-away = Togliere il PIN aziendale
auto-logout = Uscita automatica
auto-logout-hint = Un accesso finisce da sé quando una di queste cose si avvera. Ciò che è vuoto non ne termina. Nessuno esce durante una chiamata.
auto-logout-after = Minuti dopo l’accesso
auto-logout-idle = Minuti senza chiamate
auto-logout-gone = Minuti da quando il telefono non c’è più
auto-logout-at = A quest’ora
auto-logout-days = In questi giorni
weekday-mon = Lunedì
weekday-tue = Martedì
weekday-wed = Mercoledì
weekday-thu = Giovedì
weekday-fri = Venerdì
weekday-sat = Sabato
weekday-sun = Domenica
fault-time = Scrivere un’ora come 20:00.
fault-days = Scegliere almeno un giorno.
networks = Reti fidate
networks-hint = Da qui i telefoni possono accedere con un proprio tasto hot desk. Finché l’elenco è vuoto, nessun telefono può.
networks-label = Una rete per riga, e dopo di essa che cos’è
fault-network = “{ $network }” non è una rete: scrivere per esempio 192.168.1.0/24 o 2001:db8::/64. Un solo telefono è 192.168.1.7/32.
code-new = Un altro codice
code-remove-hint = Svuotare un codice per toglierlo.
profile = Prendere i codici di
profile-hint = Tutti i codici qui sopra sono sostituiti da questi.
profile-take = Prendere questi codici
profile-all = Tutti i sistemi: ogni modo di accedere (consigliato)
profile-kalliope = Kalliope: chiamare il proprio numero, *400 per uscire
profile-fusionpbx = FusionPBX: *072 e *073
profile-3cx = 3CX: *77* e il numero, *77*5* per uscire
profile-kazoo = Kazoo: *11, *12 e *13
profile-infinity = Infinity: il tasto hot desk del telefono, nessun codice
profile-none = Nessuno per ora: si accede solo da queste pagine
setup-plan-hint = Tutto si può cambiare più tardi, nelle Impostazioni.

# ---- organizzazioni e modelli
tenants-title = Organizzazioni
tenants-hint = Più organizzazioni possono condividere l’apparecchio senza vedere nulla l’una dell’altra. Gli interni di una diversa dalla prima si scrivono con la sua parola, come 100@acme.
tenant-title = Organizzazione
tenant-new = Un’altra organizzazione
tenant-id = La sua parola
tenant-id-hint = Una lettera, poi lettere, cifre o “-”, in minuscolo: per esempio acme. Non si può cambiare.
tenant-add = Aggiungere l’organizzazione
tenant-extensions = { $n ->
    [one] Un interno,
   *[other] { $n } interni,
}
tenant-phones = { $n ->
    [one] un telefono
   *[other] { $n } telefoni
}
tenant-realm = Dominio SIP
tenant-realm-hint = Due organizzazioni non hanno mai lo stesso. Quando cambia, i telefoni si registrano di nuovo.
remove-tenant-title = Togliere l’organizzazione?
remove-tenant-text = { $name } se ne va, con impostazioni, codici e modelli. I suoi interni e telefoni devono essere già tolti.
remove-tenant = Togliere l’organizzazione
fault-tenant-id = Usare una lettera, poi lettere, cifre o “-”, al massimo 20 in minuscolo.
fault-tenant-not-empty = Ha ancora { $things }. Toglierli prima.
fault-template-in-use = È ancora usato da { $users }. Dare loro prima un altro modello.
templates-title = Modelli
templates-hint = Un modello tiene valori per molti interni, account o telefoni. Ciò che uno di essi dice da sé viene prima.
templates-none = Non c’è ancora nessun modello.
template-title = Modello
template-new = Un altro modello
template-kind = Per
template-kind-extension = Interni
template-kind-account = Account SIP
template-kind-device = Telefoni
template-name = Nome
template-add = Aggiungere il modello
template-remove = Togliere il modello
fault-template-name = Usare fino a 32 lettere, cifre, “-” o “_”, senza spazi.
value-register_every = Secondi tra una registrazione e l’altra
value-tcp = TCP al posto di UDP
