import { plainOf } from "../views/letters.ts";
import { mixed, nextToken, type Token, tokenBefore } from "./tokens.ts";

/**
 * Words that instructions to a model are made of, by what they do, in the languages that the guard knows. A word of six letters or more
 * stands for all that begin with the same six; Chinese, Japanese and Korean are two characters each.
 */
const GROUPS = {
  ignore:
    "ignore ignoring ignored disregard forget override overrule bypass discard neglect supersede " +
    "ignoriere ignorieren ignoriert vergiss vergesst missachte missachten " +
    "ignorez ignorer oublie oubliez oublier négligez " +
    "ignora ignoren ignorad olvida olvide olviden omite omita descarta desestima " +
    "ignori ignorate ignorare dimentica dimenticate trascura tralascia " +
    "ignorem esqueça esquece esqueçam desconsidere desconsidera descarte " +
    "negeer negeren vergeet ignorera glöm strunta ignorér ignorer glem bortse " +
    "zignoruj ignoruj zapomnij pomiń ignorujte zapomeň zapomeňte ignorujme " +
    "игнорируй игнорируйте проигнорируй забудь забудьте отбрось отмени " +
    "ігноруй ігноруйте проігноруй забудь " +
    "yoksay görmezden unut unutun dikkate yok görməzdən unudun nəzərə " +
    "ignoră ignorați uită uitați hagyd felejtsd αγνόησε αγνοήστε ξέχασε ξεχάστε " +
    "تجاهل تجاهلي انس انسى نادیده فراموش התעלם תשכח שכח अनदेखा नज़रअंदाज़ भूल " +
    "abaikan lupakan " +
    "忽略 无视 忘记 忽視 無視 忘れ 忘掉 不理 무시 잊어",
  prior:
    "previous previously prior above earlier preceding foregoing initial original " +
    "vorherigen vorherige bisherigen bisherige obigen vorigen früheren vorangegangenen " +
    "précédentes précédents antérieures dessus préalables " +
    "anteriores anterior previas previos precedentes precedenti anteriori prévias " +
    "vorige eerdere voorgaande tidigare föregående tidligere forrige foregående " +
    "poprzednie poprzednich wcześniejsze předchozí předešlé " +
    "предыдущие предыдущих прежние прошлые вышеуказанные попередні " +
    "önceki yukarıdaki əvvəlki yuxarıdakı precedente anterioare korábbi előző προηγούμενες παραπάνω " +
    "السابقة سابقة قبلی קודמות הקודמות पिछले पूर्व sebelumnya trước " +
    "之前 以前 上述 前述 先前 上面 此前 이전 위의 앞의 기존",
  instruction:
    "instruction instructions command commands rules rule guideline guidelines directive directives orders safeguards restrictions " +
    "anweisung anweisungen befehle regeln vorgaben richtlinien instruktionen " +
    "consigne consignes règles directives ordres instrucción instrucciones órdenes reglas directrices " +
    "istruzione istruzioni regole direttive ordini instrução instruções regras ordens diretrizes " +
    "instructie instructies opdrachten regels instruktion instruktioner instruktionerna anvisningar regler instrukser " +
    "instrukcje instrukcji polecenia zasady pokyny instrukce pravidla " +
    "инструкции инструкций указания правила команды інструкції вказівки " +
    "talimat talimatları talimatlar kuralları təlimatları təlimat instrucțiuni instrucțiunile instrucțiunile regulile utasítás utasítást utasításokat szabályokat οδηγίες εντολές κανόνες " +
    "التعليمات تعليمات الأوامر تعليماتك القواعد دستورالعمل دستورات ההוראות הוראות निर्देश निर्देशों नियम " +
    "instruksi perintah aturan hướng dẫn lệnh chỉ " +
    "指令 指示 规则 規則 命令 要求 ルー 지시 명령 규칙 지침",
  reveal:
    "reveal show print output display disclose expose leak repeat recite dump divulge " +
    "verrate zeige zeig gib offenbare enthülle wiederhole révèle révélez affiche affichez montre montrez répète répétez divulgue " +
    "revela revele muestra muestre imprime mostra mostre rivela mostra stampa ripeti revelar exiba repita " +
    "onthul toon herhaal visa avslöja skriv vis afslør gjenta " +
    "ujawnij pokaż wyświetl wypisz odhal ukaž zobraz vypiš покажи покажите раскрой выведи напечатай повтори розкрий " +
    "göster açıkla yazdır göstər afișează dezvăluie arată mutasd fedd αποκάλυψε δείξε εμφάνισε " +
    "اكشف اعرض أظهر اطبع نشان חשוף הצג दिखाओ दिखाएं बताओ प्रकट tampilkan ungkapkan tunjukkan tiết hiển " +
    "显示 透露 泄露 输出 顯示 揭示 表示 出力 明か 見せ 공개 출력 보여 알려",
  hidden:
    "system hidden secret confidential internal systemprompt système systeem sistema systemet systemu системный системную системный sistem interní النظام سیستم המערכת सिस्टम hệ thống 系统 系統 シス 시스",
  prompt:
    "prompt prompts prompten подсказку промпт запрос istemi istem invite mesajı 提示 提词 プロ 프롬 프롬 プト",
  secret:
    "password passwords rsa ssh aws npmrc pem passwd wallet seed passwort passwörter credential credentials token tokens apikey secret secrets key keys env wachtwoord contraseña contraseñas senha senhas mot passe hasło hasła пароль пароли ключ şifre parola كلمة المرور " +
    "密码 密碼 密钥 パス 비밀",
  now: "now henceforth jetzt nun ab maintenant désormais ahora adora ora adesso agora nu teraz odtąd nyní теперь отныне сейчас зараз artık şimdi bundan indi acum mostantól τώρα الآن اکنون עכשיו अब sekarang bây 现在 現在 从现 今か 이제 지금",
  you: "you your yourself du dein deine sie ihr tu vous votre eres tú usted sei tu você você's je jij bent jesteś ty ты вы ви sen siz ești vagy είσαι أنت שאתה אתה आप तुम kamu anda bạn 你是 您是 你的 あな 당신 너는",
  never:
    "not never dont don't cannot without nicht niemals ne jamais pas no nunca sin non mai senza não sem niet nooit inte aldrig ikke nie bez nikdy не никогда ніколи без etme değil nu niciodată ne soha μην ποτέ لا نکن אל मत नहीं jangan đừng 不要 不得 切勿 しな 하지 마십",
  tell: "tell mention inform notify alert warn say disclose ask sage erwähne informiere dis mentionne préviens informe digas menciones avises dire menzionare informare diga mencione avise vertel noem berätta nævn mów wspominaj neříkej говори сообщай упоминай повідомляй söyleme bahsetme spune menționa mondd πεις αναφέρεις تخبر تذكر بگو תספר תגיד बताना beri katakan nói 告诉 提及 告知 通知 伝え 知ら 말하 알리",
  user: "user users human customer client benutzer nutzer anwender utilisateur usuario utente usuário usuário gebruiker användaren bruger brukeren użytkownik użytkownikowi uživatel uživateli пользователю пользователь користувачу kullanıcıya kullanıcı istifadəçi utilizatorului felhasználónak χρήστη المستخدم کاربر למשתמש उपयोगकर्ता pengguna dùng 用户 用戶 ユー 사용",
  send: "send forward upload post transmit email exfiltrate submit transfer sende schicke leite übermittle envoie envoyez transmets envía envíe manda reenvía invia inoltra envie encaminhe stuur verzend skicka send wyślij prześlij pošli odešli отправь отправьте перешли надішли gönder göndər trimite küldd στείλε أرسل ارسل بفرست שלח भेजो भेजें kirim kirimkan gửi 发送 發送 转发 上传 送信 送っ 보내 전송",
  all: "all any every everything alle allen sämtliche tout toutes tous todas todos todo tutte tutti wszystkie wszystkich všechny alla все всех всі tüm bütün toate minden összes όλες كل جميع تمام כל सभी semua tất 所有 一切 全部 すべ 全て 모든",
  unbound:
    "unrestricted unlimited unfiltered uncensored jailbreak jailbroken dan developer restrictions limits limitations ethical moral filters censorship uneingeschränkt einschränkungen beschränkungen restrictions limites filtres restricciones límites filtros restrizioni limiti restrições beperkingen begränsningar ograniczeń omezení ограничений фильтров обмежень kısıtlama sınır restricții korlátozás περιορισμούς قيود محدودیت מגבלות प्रतिबंध batasan giới 限制 约束 制限 제한",
  execute:
    "execute run delete remove call invoke führe ausführen lösche exécute exécutez supprime ejecuta ejecute elimina borra esegui elimina execute exclua apague voer verwijder utför radera kör wykonaj usuń spusť smaž выполни выполните удали удалите запусти виконай çalıştır sil execută șterge futtasd töröld εκτέλεσε διέγραψε نفذ احذف اجرا הפעל מחק चलाओ हटाओ jalankan hapus xóa chạy 执行 删除 運行 运行 実行 削除 실행 삭제",
  fresh:
    "new neue neuen nouvelle nouvelles nueva nuevas nuove nuova nova novas nieuwe nya nye nowe nové новые новая новую нові yeni noi új νέες جديدة جدید חדשות नए baru mới 新的 新し 새로",
  important:
    "important attention urgent notice warning critical mandatory must wichtig achtung dringend importante atención urgente attenzione atenção belangrijk viktigt vigtigt ważne uwaga důležité важно внимание увага önemli dikkat vacib fontos figyelem σημαντικό προσοχή مهم هام חשוב महत्वपूर्ण ध्यान penting quan 重要 注意 紧急 緊急 중요 주의",
  model:
    "ai assistant llm chatgpt gpt claude model agent bot chatbot assistent assistenten asistente assistente asystent асистент ассистент модель asistan asistent المساعد دستیار העוזר सहायक asisten trợ 助手 人工 模型 アシ 어시",
  instead:
    "instead only just stattdessen nur lieu seulement seulement lugar solo sólo invece solo vez apenas somente plaats alleen istället bara stedet zamiast tylko místo вместо только лишь натомість yerine sadece loc doar helyett csak αντί μόνο بدلا فقط במקום बजाय केवल sebagai hanya thay 只需 只能 代わ 대신",
  act: "act pretend roleplay simulate become behave imagine spiele tue verhalte agis fais comporte prétends actúa finge compórtate agisci fingi comportati aja finja doe gedraag låtsas agera udawaj zachowuj předstírej притворись представь веди davran gibi acționează viselkedj προσποιήσου تصرف תתנהג व्यवहार berpura bertindak đóng 扮演 假装 振る 행동",
  talk:
    "example examples attack attacks attacker injection detector detection scanner scan flag flags flagged payload phrase phrases pattern patterns fixture sample test tests assert " +
    "documentation documents owasp vulnerability vulnerable security research researchers paper article lesson workshop quiz training policy explains describes defense defenses defence mitigation advisory changelog literal quoted regex " +
    "beispiel angriff angreifer erkennung exemple attaque détection ejemplo ataque detección esempio attacco exemplo voorbeeld aanval przykład atak пример атака örnek saldırı 例如 攻击 例え 攻撃 예시 공격",
  silent:
    "silently quietly secretly covertly discreetly background unnoticed confirmation confirming permission approval consent asking stillschweigend heimlich bestätigung " +
    "silencieusement confirmation silenciosamente confirmación silenziosamente conferma confirmação bevestiging potwierdzenia подтверждения onay 确认 確認 확인",
  obey: "follow following obey comply adhere listen heed accept agree befolge gehorche suis obéis sigue obedece siga obedeça segui obbedisci volg gehoorzaam słuchaj слушай подчиняйся выполняй uy itaat اتبع 遵守 服从 听从 従っ 따르 복종",
  reply:
    "respond reply answer answers response responses write begin start repeating antworte antwort schreibe beantworte réponds répondez réponse écris responde responda contesta escribe escreva rispondi scrivi antwoord schrijf odpowiadaj napisz ответь отвечай напиши yanıt cevap yaz أجب اكتب jawab tulis trả 回答 回复 答复 答え 返事 대답 답변",
  part: "mode persona character characters role game story roleplaying fictional hypothetical hypothetically fiction scenario modus rolle personnage rôle modo papel personaje personagem ruolo rol режим роль mod 模式 角色 モー 모드 역할",
  call: "tool tools function functions parameter parameters argument arguments api plugin werkzeug outil herramienta ferramenta strumento инструмент araç 工具 函数 ツー 도구",
  task: "task tasks request question goal objective job mission work aufgabe frage tâche tarea tarefa compito taak zadanie задача задание görev مهمة tugas nhiệm 任务 任務 問題 작업",
  refuse:
    "refuse refusal refusing decline apologize apologise sorry disclaimer disclaimers warnings safety safe illegal legal law harmful dangerous immoral unethical consequences content verboten illégal ilegal illegale незаконно yasadışı 违法 道德 拒绝 違法 불법",
  data: "conversation history message messages chat inbox email emails mail file files address url link webhook server context dateien datei gespräch fichier fichiers conversación archivo archivos arquivos conversa file bestanden plik файлы файл переписку dosya ملف berkas tệp 文件 对话 聊天 ファイ 파일 대화",
  boss: "admin administrator creator creators owner engineer openai anthropic google microsoft developers authorized authorised authorization audit compliance supervisor manager entwickler développeur desarrollador desenvolvedor sviluppatore ontwikkelaar programista разработчик geliştirici مطور pengembang 开发者 管理员 開発者 管理者 개발자 관리자",
} as const;

export type Group = keyof typeof GROUPS;

const NAMES = Object.keys(GROUPS) as readonly Group[];

/** The number of a group: its features are made of it, so groups are added at the end. */
export function numberOf(group: Group): number {
  return NAMES.indexOf(group) + 1;
}

function folded(word: string): string {
  let plain = "";
  for (const letter of word) plain += plainOf(letter.codePointAt(0) ?? 0);
  return plain;
}

function table(): ReadonlyMap<number, number> {
  const stems = new Map<number, number>();
  for (const group of NAMES) {
    for (const word of GROUPS[group].split(" ")) {
      let key = 0;
      let shape = 0;
      let letters = 0;
      const plain = folded(word);
      for (const token = tokenBefore(plain); nextToken(token); letters++) {
        const { stem, alone, hash } = token;
        key = alone && letters > 0 ? mixed(key, stem) : stem;
        shape = alone ? key : hash;
      }
      // Where two groups have a word, the first one keeps it.
      if (!stems.has(key)) stems.set(key, numberOf(group));
      if (!stems.has(shape)) stems.set(shape, numberOf(group));
    }
  }
  return stems;
}

const STEMS = table();
/** Nearly every word belongs to no group: one look says so. */
const MAYBE = new Uint8Array(8192);
for (const stem of STEMS.keys()) MAYBE[stem & 8191] = 1;

function lookUp(key: number): number {
  return MAYBE[key & 8191] === 1 ? (STEMS.get(key) ?? 0) : 0;
}

/** The group that a word belongs to by its stem, or by what stays when its inner letters change places; 0 for none. */
export function groupOf({ stem, hash }: Token): number {
  return lookUp(stem) || lookUp(hash);
}

/** The group of two characters that stand together, or 0. */
export function groupOfTwo(first: number, second: number): number {
  return first === 0 ? 0 : lookUp(mixed(first, second));
}
